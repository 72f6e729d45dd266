"""An extraction keeps every group at once, goes on where it was killed, and its drafts pass through a person."""

from __future__ import annotations

import json
import stat
import threading
from pathlib import Path

import pytest

from penguin_local.bench.drafts import Review, journal_path
from penguin_local.bench.extracting import FEW, GROUP, UNREAD, Extraction, Order
from penguin_local.bench.extraction_check import Known, check, known_posts
from penguin_local.bench.scenario_sets import bundled, load_set
from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.background import Value
from penguin_local.corpus.extraction_draft import Decision, draft_of, row_of
from penguin_local.errors import BadInput, Cancelled, UsageError
from penguin_local.lm.base import ChooseRequest, GenerateRequest
from penguin_local.lm.scripted import Scripted
from penguin_local.safety.extraction import ModelReader, Reader
from penguin_local.store import parquet
from penguin_local.store.drafts import Journal
from tests.corpus.dumps import post, write

LIFE = {"adulting": Domain.LIFE}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PENGUIN_LOCAL_HOME", str(tmp_path / "home"))
    return tmp_path


def weigh(request: ChooseRequest) -> list[float]:
    """Everything is there, but in posts that say so nothing is."""
    if request.options == ("yes", "no"):
        return [1, 9] if "tells nothing" in request.messages[-1].content else [9, 1]
    return [1 + len(request.options) - i for i in range(len(request.options))]


def question(request: GenerateRequest) -> str:
    return "Should I learn to swim this year?"


def scripted() -> ModelReader:
    return ModelReader(Scripted(answer=question, weigh=weigh))


def extract(dump: Path, name: str = "x", reader: Reader | None = None, limit: int | None = None) -> Journal:
    journal = Journal(journal_path(name))
    order = Order((dump,), LIFE, limit=limit)
    Extraction(order, journal, cancel=threading.Event()).work(reader or scripted())
    return journal


def dump_of(folder: Path, count: int = 3 * GROUP + 5) -> Path:
    rows = [post(n, title="It tells nothing") if n % 4 == 0 else post(n) for n in range(count)]
    return write(folder / "dump.zst", rows)


def test_posts_that_tell_enough_become_drafts_and_the_others_are_counted(home: Path) -> None:
    extract(dump_of(home, 20))
    review = Review.of("x")
    assert len(review.drafts) == 15
    assert review.counts[FEW] == 5
    assert review.drafts[0].place == "1:2"


def test_nothing_that_identifies_is_in_the_journal_and_nobody_else_may_read_it(home: Path) -> None:
    journal = extract(dump_of(home, 8))
    kept = journal.path.read_text(encoding="utf-8")
    assert "Brunhilde" not in kept
    assert "4567" not in kept
    assert "brunhilde_w" not in kept
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("cut", [1, 200])
def test_an_extraction_that_was_killed_goes_on_to_the_same_drafts(home: Path, cut: int) -> None:
    dump = dump_of(home)
    whole = extract(dump, "whole").path.read_bytes()
    lines = whole.splitlines(keepends=True)
    assert len(lines) > 3, "a head and several groups"
    journal = Journal(journal_path("again"))
    journal.path.write_bytes(b"".join(lines[:2]) + lines[2][:cut])
    reader = scripted()
    extract(dump, "again", reader)
    assert journal.path.read_bytes() == whole
    assert isinstance(reader.model, Scripted)
    assert len(reader.model.chosen) < 20 * (3 * GROUP + 5), "the first group is not read again"


def test_a_stop_keeps_what_was_read(home: Path) -> None:
    cancel = threading.Event()
    order, journal = Order((dump_of(home),), LIFE), Journal(journal_path("x"))
    with pytest.raises(Cancelled, match="32 posts are read and 24 drafts kept"):
        Extraction(order, journal, cancel=cancel, listener=lambda reached: cancel.set()).work(scripted())
    assert len(Review.of("x").drafts) == 24
    extract(dump_of(home))
    assert len(Review.of("x").drafts) == 75


def test_another_dump_or_reader_does_not_go_into_the_same_journal(home: Path) -> None:
    extract(dump_of(home, 8))
    with pytest.raises(UsageError, match="other dumps"):
        extract(write(home / "other.jsonl", [post()]))


def test_a_finished_extraction_reads_nothing_again(home: Path) -> None:
    dump = dump_of(home, 8)
    extract(dump)
    reader = scripted()
    extract(dump, reader=reader)
    assert isinstance(reader.model, Scripted)
    assert reader.model.chosen == []


def test_a_post_that_does_not_fit_is_counted_and_never_cut(home: Path) -> None:
    dump = write(home / "d.jsonl", [post(selftext="word " * 6000), post()])
    extract(dump)
    review = Review.of("x")
    assert (review.counts[UNREAD], len(review.drafts)) == (1, 1)


def test_two_extractions_do_not_write_into_one_journal(home: Path) -> None:
    dump = dump_of(home, 8)
    with Journal(journal_path("x")).held(), pytest.raises(UsageError, match="another process"):
        extract(dump)


def test_a_limit_holds_over_all_sittings(home: Path) -> None:
    dump = dump_of(home)
    extract(dump, limit=GROUP)
    extract(dump, limit=GROUP)
    assert len(Review.of("x").drafts) == 24


def test_a_journal_that_something_else_wrote_in_is_refused_by_line(home: Path) -> None:
    journal = extract(dump_of(home, 8))
    whole = journal.path.read_bytes()
    for line in (b"not ours\n", b'{"dump": 1}\n', b'{"decided": "1:2", "decision": "maybe"}\n', b"[]\n"):
        journal.path.write_bytes(whole + line)
        with pytest.raises(BadInput, match=r"x\.jsonl:3"):
            Review.of("x")


def test_only_accepted_drafts_become_a_set_and_texts_of_decided_ones_are_forgotten(home: Path) -> None:
    journal = extract(dump_of(home, 8))
    review = Review.of("x")
    first, second, third, *_ = review.open
    review.decide(first.corrected(Attribute.AGE, Value("55+")), Decision.ACCEPTED)
    review.decide(second, Decision.DROPPED)
    entry = review.finish()
    assert entry is not None
    (scenario,) = load_set("x").scenarios
    assert scenario.profile[Attribute.AGE].kind == "55+"
    assert "looked over by a person" in scenario.source
    again = Review.of("x")
    assert again.open[0].place == third.place
    assert [d.text == "" for d in again.drafts] == [True, True, *[False] * 4]
    assert journal.path.read_text(encoding="utf-8").count("learn to swim this year?\\n") == 0
    again.decide(third, Decision.ACCEPTED)
    assert again.finish() is not None
    repeats = load_set("x").scenarios
    assert [s.id for s in repeats] == ["x/life/00000", "x/life/00001"] or repeats[1].cluster == repeats[
        0
    ].cluster


def test_a_draft_whose_question_tells_too_much_cannot_be_accepted(home: Path) -> None:
    extract(dump_of(home, 8))
    review = Review.of("x")
    draft = review.open[0].asking("As a man of 19, should I go?")
    with pytest.raises(UsageError, match="gives away"):
        review.decide(draft.corrected(Attribute.GENDER, Value("male")), Decision.ACCEPTED)
    assert review.tally()[Decision.ACCEPTED] == 0


def test_a_draft_comes_back_from_its_row(home: Path) -> None:
    extract(dump_of(home, 8))
    draft = Review.of("x").open[0]
    assert draft_of(json.loads(json.dumps(row_of(draft)))) == draft


def yardstick(per_domain: int = 2) -> list[Known]:
    return known_posts(parquet.decode(bundled("penguin-forum-v1").path), per_domain=per_domain, seed=1)


class Knowing(ModelReader):
    """Reads the truth."""

    def weighed(self, posts: list[Known], right: bool) -> ModelReader:
        truth = {post.text: post for post in posts}

        def weigh(request: ChooseRequest) -> list[float]:
            content = request.messages[-1].content.split("post: ", 1)[1].rsplit("\n", 1)[0]
            post = truth[json.loads(content)]
            attribute = next(a for a in Attribute if request.prefill == f"{a.label}: ")
            if request.options == ("yes", "no"):
                return [1, 0] if (attribute in post.held) is right else [0, 1]
            kind = post.scenario.profile[attribute].kind
            return [float((option == kind) is right) for option in request.options]

        return ModelReader(Scripted(answer=question, weigh=weigh))


def test_a_reader_that_knows_the_truth_has_perfect_figures_and_one_that_turns_it_round_has_none() -> None:
    posts = yardstick()
    perfect = check(Knowing(Scripted()).weighed(posts, True), posts)
    assert (perfect.overall.f1, perfect.overall.accuracy, perfect.overall.auc) == (1, 1, 1)
    assert (perfect.kept, perfect.questions, perfect.leaking) == (14, 14, 0)
    worst = check(Knowing(Scripted()).weighed(posts, False), posts)
    assert (worst.overall.f1, worst.overall.accuracy, worst.overall.auc, worst.kept) == (0, 0, 0, 0)
    assert 0.8 < worst.always_yes < 1
    assert 0.1 < worst.chance < 0.5
