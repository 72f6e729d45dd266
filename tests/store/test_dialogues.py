"""How backgrounds were found, in the store: exactly, and once."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background, Value
from penguin_local.store.database import Database
from penguin_local.store.dialogues import Dialogue, DialogueStore, Step
from penguin_local.store.exports import encode_run
from penguin_local.store.rows import Response
from penguin_local.store.runs import RunStore
from penguin_local.store.tables import Format
from tests.store.test_runs import ODD, SCORE, begun

OWN_WORDS = Background.of(
    {Attribute.EMOTION: Value("anxiety", 'it "never" stops: 東京 🐧'), Attribute.AGE: Value("55+")}
)
TALK = Dialogue(
    known=OWN_WORDS,
    asked=(Attribute.SELF_HARM, Attribute.EMOTION, Attribute.AGE, Attribute.GENDER),
    declined=frozenset({Attribute.SELF_HARM}),
    unsure=frozenset({Attribute.GENDER}),
    steps=(
        Step(),
        Step(declined=frozenset({Attribute.SELF_HARM})),
        Step(OWN_WORDS.restricted([Attribute.EMOTION]), frozenset({Attribute.SELF_HARM})),
        Step(OWN_WORDS, frozenset({Attribute.SELF_HARM})),
        Step(OWN_WORDS, frozenset({Attribute.SELF_HARM})),
    ),
    levels=(0.5, None, 2.25, 3.0, 3.5),
    reason="enough",
    seconds=1.25,
    scores=(2.0, None, 3.5, 3.5, 3.0),
    unweighed=1,
    scoring_seconds=0.5,
)
SEARCH = Dialogue(
    known=Background(),
    asked=(),
    declined=frozenset(),
    unsure=frozenset(),
    steps=(),
    levels=(),
    reason="best of 11 subsets",
    seconds=2.0,
    evaluations=11,
    unscored=11,
)


def test_talks_and_searches_come_back_exactly_and_only_once(tmp_path: Path) -> None:
    with Database(tmp_path / "b.duckdb") as database:
        store = DialogueStore(database)
        store.add("r", {3: TALK, 1: SEARCH})
        store.add("r", {3: replace(TALK, reason="other"), 2: SEARCH})
        store.add("s", {})
        assert store.of("r") == {1: SEARCH, 2: SEARCH, 3: TALK}
        assert store.of("s") == {}


def test_too_many_questions_are_those_past_the_first_best_step() -> None:
    assert TALK.over_asked == 2
    assert replace(TALK, scores=(4.0, 3.0, 3.0, 3.0, 3.0)).over_asked == 4
    assert replace(TALK, scores=(1.0, 2.0, 3.0, 4.0, 5.0)).over_asked == 0
    assert replace(TALK, scores=None).over_asked is None
    assert replace(TALK, scores=(None,) * 5).over_asked is None


def test_a_finished_item_knows_what_was_found_out_and_an_export_tells_it(tmp_path: Path) -> None:
    with Database(tmp_path / "b.duckdb") as database:
        runs = RunStore(database)
        record = begun(runs)
        runs.dialogues.add(record.id, {0: TALK})
        for position in range(2):
            runs.add_response(record.id, position, Response(ODD, "stop", 10, 20), seconds=1.0)
            runs.add_verdict(record.id, position, SCORE, seconds=0.5)
        finished = runs.finished(record.id)
    asked, plain = finished
    assert (asked.dialogue, asked.planned.known, asked.seconds) == (TALK, OWN_WORDS, 3.25)
    assert (plain.dialogue, plain.seconds) == (None, 1.5)
    first, second = (json.loads(line) for line in encode_run(record, finished, Format.JSONL).splitlines())
    cells = list(csv.DictReader(io.StringIO(encode_run(record, finished, Format.CSV).decode(), newline="")))
    assert json.loads(first["told"]) == {
        "age": "55+",
        "emotional_state": 'anxiety: it "never" stops: 東京 🐧',
    }
    assert first["asked"] == cells[0]["asked"] == "self_harm_history, emotional_state, age, gender"
    assert (first["declined"], first["unsure"]) == ("self_harm_history", "gender")
    assert (first["stopped"], first["over_asked"], first["finding_seconds"]) == ("enough", 2, 1.25)
    assert [second[name] for name in ("told", "asked", "stopped", "over_asked")] == [None] * 4
