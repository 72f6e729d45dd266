"""A packet says what happened, and what was left out of it; nothing that is hidden gets in by another way."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penguin_local.agent.packet import HIDDEN, Redaction, packet_rows
from penguin_local.agent.packet_overview import Heading, as_json, content_sha256, packet
from penguin_local.agent.record import (
    Alarmed,
    Answered,
    Asked,
    Compared,
    Consented,
    Drafted,
    Ended,
    Enough,
    Entry,
    Heard,
    Judged,
    Learned,
    Line,
    Noted,
    Outcome,
    Removed,
    Said,
    Screened,
    Source,
    Summarised,
    Withheld,
)
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value

AT = datetime(2026, 4, 1, 10, 0, tzinfo=UTC)
VALUE = Value("25-34", "WORDS: I turned thirty")
ENTRIES: tuple[Entry, ...] = (
    Consented(True, "keeping this conversation"),
    Said("WORDS: I cannot sleep"),
    Asked(Attribute.AGE, "May I ask how old you are?", "It changes which help fits."),
    Heard(Attribute.AGE, Outcome.TOLD, "WORDS: I turned thirty"),
    Learned(Attribute.AGE, VALUE, Source.ASKED),
    Asked(Attribute.SELF_HARM, "May I ask about that?", "It matters."),
    Heard(Attribute.SELF_HARM, Outcome.DECLINED, "WORDS: rather not"),
    Withheld(Attribute.SELF_HARM, Outcome.DECLINED),
    Removed(Attribute.AGE),
    Screened("PHQ-9", {"total": "VALUES 11"}, "VALUES moderate"),
    Alarmed(2, "screening", ("VALUES a total of 11",)),
    Enough(3.6, 3.5, "enough", 2),
    Drafted("ANSWERS: That"),
    Drafted("ANSWERS: That is"),
    Answered(
        text="ANSWERS: That is hard",
        ended=Ended.WHOLE,
        known={Attribute.AGE: VALUE},
        declined=(Attribute.SELF_HARM,),
        changed=("WORDS VALUES age is known otherwise",),
        model="penguin-nano",
        model_sha256="ab" * 32,
        demonstration=True,
        prompt_version="answer-1",
        seed=7,
        prompt_tokens=120,
        generated_tokens=40,
        replaced="it named a means",
    ),
    Judged(
        ((0, 0, 0, 1, 0),) * 3, ("ANSWERS: kind",) * 3, "penguin-nano", "cd" * 32, True, "", "card 3f2a9c10"
    ),
    Judged((), (), "penguin-nano", "cd" * 32, True, "the judge gave no finite probability"),
    Compared("ANSWERS: generic", Ended.STOPPED),
    Summarised("WORDS VALUES ANSWERS summary", True),
    Noted("the engine was started again"),
    Drafted("ANSWERS: half"),
)
LINES = [(n, Line(AT + timedelta(minutes=n), entry)) for n, entry in enumerate(ENTRIES, 1)]
HEADING = Heading(
    case="0123456789ab",
    title="TITLE of somebody",
    mode="client",
    created=AT,
    changed=AT,
    keep_days=30,
    lost=(3,),
    exported=AT,
    program="penguin-local 0.1.0",
    data_sha256="ef" * 32,
)
MARKS = {
    Redaction.TITLE: "TITLE",
    Redaction.WORDS: "WORDS",
    Redaction.VALUES: "VALUES",
    Redaction.ANSWERS: "ANSWERS",
    Redaction.TIMES: "2026",
}


def written(hidden: frozenset[Redaction]) -> str:
    return json.dumps(as_json(packet(HEADING, LINES, hidden)))


def test_a_packet_answers_what_a_supervisor_asks_first() -> None:
    overview = packet(HEADING, LINES, frozenset()).overview
    assert overview.asked == ("age: told", "self-harm history: declined")
    assert overview.used == ("age",)
    assert overview.declined == ("self-harm history",)
    assert overview.stopped == ("enough, after 2 questions",)
    assert overview.scores[0] == (
        "risk sensitivity 4.0 of 5, emotional empathy 4.0 of 5, user-specific alignment 4.0 of 5"
    )
    assert overview.scores[1] == "no score"
    assert overview.models == (
        f"penguin-nano (a demonstration: it knows nothing), sha256 {'ab' * 32}",
        f"judge penguin-nano (a demonstration: it knows nothing), card 3f2a9c10, sha256 {'cd' * 32}",
        f"judge penguin-nano (a demonstration: it knows nothing), uncalibrated, sha256 {'cd' * 32}",
    )
    assert overview.prompts == ("answer-1",)
    assert overview.consent == ("agreed: keeping this conversation",)
    assert (overview.screenings, overview.highest_level) == (("PHQ-9",), "elevated")
    assert (overview.answers, overview.replaced) == (1, 1)


@given(st.frozensets(st.sampled_from(Redaction)))
def test_what_is_left_out_is_nowhere_and_all_else_is_there(hidden: frozenset[Redaction]) -> None:
    text = written(hidden)
    for redaction, mark in MARKS.items():
        assert (mark in text) == (redaction not in hidden)
    assert (HIDDEN in text) == bool(hidden - {Redaction.TIMES})
    assert json.loads(text)["left_out"] == [r.value for r in Redaction if r in hidden]


@pytest.mark.parametrize("kind", ["25-34"])
def test_without_the_words_a_value_keeps_its_kind(kind: str) -> None:
    assert kind in written(frozenset({Redaction.WORDS}))
    assert kind not in written(frozenset({Redaction.VALUES}))


def test_what_was_asked_and_why_it_ended_always_stays() -> None:
    text = written(frozenset(Redaction))
    for kept in (
        "May I ask how old you are?",
        "enough",
        "elevated",
        "keeping this conversation",
        "answer-1",
        "ab" * 32,
    ):
        assert kept in text


def test_a_reader_is_told_where_hidden_things_may_still_show() -> None:
    def remarks(*hidden: Redaction) -> str:
        return " ".join(packet(HEADING, LINES, frozenset(hidden)).remarks)

    assert "not sealed" in remarks()
    for hidden in (Redaction.WORDS, Redaction.VALUES, Redaction.TITLE):
        for told in ("model's own words", "can repeat", "known about them", "--redact answers"):
            assert told in remarks(hidden)
        assert "can repeat" not in remarks(hidden, Redaction.ANSWERS)
    for hidden in (Redaction.VALUES, Redaction.TITLE):
        for told in ("can say what", "--redact words"):
            assert told in remarks(hidden)
        assert "can say what" not in remarks(hidden, Redaction.WORDS)
    assert "--redact" not in remarks(Redaction.TIMES)


def test_beside_every_score_stands_how_well_its_judge_was_calibrated() -> None:
    rows = [dict(row.facts) for row in packet_rows(LINES, frozenset(Redaction)) if row.kind == "judged"]
    assert [facts["judge's calibration"] for facts in rows] == ["card 3f2a9c10", "uncalibrated"]


def test_drafts_are_shown_only_where_no_answer_followed() -> None:
    rows = packet_rows(LINES)
    assert [row.number for row in rows if row.kind == "drafted"] == [len(LINES)]
    assert [row.number for row in rows] == [n for n in range(1, len(LINES) + 1) if n not in (13, 14)]
    assert any("drafts" in remark for remark in packet(HEADING, LINES, frozenset()).remarks)


def test_the_fingerprint_is_of_what_is_written_and_of_nothing_hidden() -> None:
    fields = as_json(packet(HEADING, LINES, frozenset(Redaction)))
    assert fields["content_sha256"] == content_sha256(json.loads(json.dumps(fields))["rows"])
    other = [(n, Line(AT, Said("another secret")) if n == 2 else line) for n, line in LINES]
    assert as_json(packet(HEADING, other, frozenset(Redaction)))["content_sha256"] == fields["content_sha256"]


def test_an_empty_case_makes_an_empty_packet() -> None:
    fields = as_json(packet(HEADING, [], frozenset()))
    assert fields["rows"] == []
    assert fields["overview"]["highest_level"] == "none"
