"""Writing scenarios by a model: whatever stops it, what comes of it is what an unbroken writing gives."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from penguin_local.bench.writing import PATIENCE, Writing, Wrote
from penguin_local.core.attributes import Domain
from penguin_local.corpus.writing import Writer
from penguin_local.errors import BadInput, Cancelled, UsageError
from penguin_local.lm.base import ChooseRequest, GenerateRequest
from penguin_local.lm.scripted import Scripted
from penguin_local.store.drafts import Journal
from tests.corpus.test_writing import VERBS, writer

WANTED = {Domain.LIFE: 70, Domain.HEALTH: 30}


def unbroken(tmp_path: Path) -> tuple[list[object], bytes]:
    journal = Journal(tmp_path / "whole.jsonl")
    found, _ = Writing(WANTED, journal).work(writer())
    return list(found), journal.path.read_bytes()


@pytest.mark.parametrize("kept", [1, 2, 3])
def test_a_writing_that_was_killed_gives_the_scenarios_of_an_unbroken_one(tmp_path: Path, kept: int) -> None:
    whole, lines = unbroken(tmp_path)
    assert len(whole) == 100
    assert lines.count(b"\n") > 4
    path = tmp_path / "killed.jsonl"
    path.write_bytes(b"".join(lines.splitlines(keepends=True)[: kept + 1]) + b'{"domain": "li')
    found, _ = Writing(WANTED, Journal(path)).work(writer())
    assert found == whole
    assert path.read_bytes() == lines


def test_a_writing_that_is_done_asks_the_model_for_nothing(tmp_path: Path) -> None:
    whole, lines = unbroken(tmp_path)
    silent = Scripted()
    model = Writer(silent, "made", seed=1)
    path = tmp_path / "whole.jsonl"
    found, _ = Writing(WANTED, Journal(path)).work(model)
    assert found == whole
    assert silent.chosen == []
    assert path.read_bytes() == lines


@pytest.mark.parametrize("left", [b"", b'{"version": 1, "writi'])
def test_one_that_was_stopped_while_it_was_begun_begins_again(tmp_path: Path, left: bytes) -> None:
    path = tmp_path / "begun.jsonl"
    path.write_bytes(left)
    found, _ = Writing(WANTED, Journal(path)).work(writer())
    assert found == unbroken(tmp_path)[0]
    assert path.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_every_batch_is_told_with_the_rate_of_this_sitting(tmp_path: Path) -> None:
    heard: list[Wrote] = []
    seconds = iter(range(0, 600, 60))
    journal = Journal(tmp_path / "told.jsonl")
    Writing(WANTED, journal, listener=heard.append, clock=lambda: next(seconds)).work(writer())
    for domain in WANTED:
        batches = [one.batch for one in heard if one.domain is domain]
        assert batches == list(range(1, len(batches) + 1)) != []
    assert heard[0].per_minute == heard[0].written
    assert (heard[-1].done, heard[-1].total) == (100, 100)


def test_more_can_be_written_than_was_wished_for_at_first(tmp_path: Path) -> None:
    whole, _ = unbroken(tmp_path)
    path = tmp_path / "more.jsonl"
    few = {Domain.LIFE: 5, Domain.HEALTH: 5}
    first, _ = Writing(few, Journal(path)).work(writer())
    assert len(first) == 10
    more, _ = Writing(WANTED, Journal(path)).work(writer())
    assert more[:5] == first[:5] == whole[:5]
    assert len({scenario.id for scenario in more}) == len({scenario.query for scenario in more}) == 100


def test_a_stop_says_what_is_kept_and_how_to_go_on(tmp_path: Path) -> None:
    cancel = threading.Event()

    def weigh(request: ChooseRequest) -> list[float]:
        cancel.set()
        return [1.0] * len(request.options)

    journal = Journal(tmp_path / "stopped.jsonl")
    stopped = Writer(Scripted(weigh=weigh, answer=_say), "made", 1, cancel)
    with pytest.raises(Cancelled, match="0 scenarios are written and kept") as told:
        Writing(WANTED, journal).work(stopped)
    assert told.value.hint == "give the same command again to go on"
    found, _ = Writing(WANTED, journal).work(writer())
    assert found == unbroken(tmp_path)[0]


def _say(request: GenerateRequest) -> str:
    if "Topics there are" in request.messages[-1].content:
        return f"{VERBS[request.seed % 8]} {request.seed % 97} old chairs in one go"
    return "Would that be a mistake?"


def test_a_model_is_given_up_on_once_and_not_tried_again_after_a_stop(tmp_path: Path) -> None:
    mute = Writer(Scripted(answer=lambda request: "No."), "made", seed=1)
    journal = Journal(tmp_path / "mute.jsonl")
    found, refused = Writing({Domain.LIFE: 3}, journal).work(mute)
    assert (found, refused.total()) == ([], PATIENCE * 32)
    assert len(journal.read()[1]) == PATIENCE
    Writing({Domain.LIFE: 3}, journal).work(Writer(Scripted(answer=_say), "made", seed=1))
    assert len(journal.read()[1]) == PATIENCE


@pytest.mark.parametrize("other", [writer(seed=2), Writer(Scripted(answer=_say), "made", 1)])
def test_another_seed_or_choice_of_domains_is_another_writing(tmp_path: Path, other: Writer) -> None:
    unbroken(tmp_path)
    wanted = {Domain.LIFE: 1} if other.seed == 1 else WANTED
    with pytest.raises(UsageError, match="was begun with another model, seed or choice of domains"):
        Writing(wanted, Journal(tmp_path / "whole.jsonl")).work(other)


@pytest.mark.parametrize("line", [b"{}", b'{"domain": "knitting"}', b'{"domain": "life", "scenarios": [3]}'])
def test_a_line_of_somebody_else_is_named(tmp_path: Path, line: bytes) -> None:
    unbroken(tmp_path)
    path = tmp_path / "whole.jsonl"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0] + line + b"\n")
    with pytest.raises(BadInput, match=r"whole\.jsonl:2: not a line of this version"):
        Writing(WANTED, Journal(path)).work(writer())
