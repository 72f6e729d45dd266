"""New scenarios by a model: its own topics and questions, people that can be, the checks of the shipped sets."""

from __future__ import annotations

from collections import Counter

import pytest

from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.background import Background
from penguin_local.corpus.audit import audit
from penguin_local.corpus.extraction_query import faults, tidied
from penguin_local.corpus.network import S, load_tables
from penguin_local.corpus.texts import domain_texts
from penguin_local.corpus.writing import Writer, topic_faults
from penguin_local.lm.base import ChooseRequest, GenerateRequest
from penguin_local.lm.scripted import Scripted

VERBS = ("painting", "mending", "carrying", "folding", "sorting", "hanging", "washing", "stacking")


def say(request: GenerateRequest) -> str:
    """A topic or a question that depends on the seed."""
    if "Topics there are" in request.messages[-1].content:
        return f"{VERBS[request.seed % 8]} {request.seed % 97} old chairs in one go"
    topic = request.messages[-1].content.partition("Topic: ")[2]
    return f"Would {topic} be a mistake?"


def writer(**changes: object) -> Writer:
    model = Scripted(answer=say, weigh=lambda request: [1.0] * len(request.options))
    return Writer(model, "made", seed=int(str(changes.get("seed", 1))))


def test_every_row_says_who_wrote_it_and_passes_the_audit() -> None:
    written = writer().write(Domain.LIFE, 0)
    assert len(written.scenarios) > 20
    found = audit(written.scenarios)
    assert (found.duplicates, found.leaking) == (0, ())
    assert {s.source for s in written.scenarios} == {written.scenarios[0].source}
    assert written.scenarios[0].source.startswith("written by scripted ")
    assert "write-1, seed 1" in written.scenarios[0].source


def test_equal_seeds_write_equal_scenarios_and_others_do_not() -> None:
    assert writer().write(Domain.LIFE, 0) == writer().write(Domain.LIFE, 0)
    assert writer().write(Domain.LIFE, 0) != writer(seed=2).write(Domain.LIFE, 0)


def test_people_stay_under_the_network_whatever_the_model_would_like() -> None:
    def weigh(request: ChooseRequest) -> list[float]:
        return [1000.0 if option in ("18-24", "PhD") else 1e-6 for option in request.options]

    written = Writer(Scripted(answer=say, weigh=weigh), "made", seed=1).write(Domain.LIFE, 0)
    profiles = [s.profile for s in written.scenarios]
    young = [p for p in profiles if p[Attribute.AGE].kind == "18-24"]
    assert len(young) > 0.9 * len(profiles), "the model is heard"
    tables = {table.attribute: table for table in load_tables()}
    for profile in profiles:
        for attribute, table in tables.items():
            given = tuple(profile[Attribute(p)].kind if p != S else Domain.LIFE.value for p in table.parents)
            assert table.probability(profile[attribute].kind, *given) > 0


def test_what_was_written_once_is_not_kept_again() -> None:
    same = Writer(
        Scripted(
            answer=lambda r: (
                "folding paper in one go"
                if "Topics there" in r.messages[-1].content
                else "Would that be a mistake?"
            )
        ),
        "made",
        seed=1,
    )
    first, second = same.write(Domain.LIFE, 0), same.write(Domain.LIFE, 1)
    assert (len(first.scenarios), len(second.scenarios)) == (1, 0)
    assert first.refused["topic: known already"] == 31


def test_a_question_that_tells_something_is_refused_with_the_reason() -> None:
    def tell(request: GenerateRequest) -> str:
        told = say(request)
        return (
            told
            if "Topics there" in request.messages[-1].content
            else "Should I call Xanthippe about it now?"
        )

    written = Writer(Scripted(answer=tell), "made", seed=1).write(Domain.LIFE, 0)
    assert written.scenarios == ()
    assert written.refused["question: it holds something that identifies"] > 20


def test_what_no_file_could_hold_is_no_question() -> None:
    assert "a character that cannot be shown" in faults("Would that\x07 be a mistake?", Background())
    assert tidied("Question: Ist das su\u0308\u00df?") == "Ist das s\u00fc\u00df?"


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "Swimming",
        "a long walk home",
        "telling my husband about it",
        "moving to Leipzig alone",
        "going. Now what?",
    ],
)
def test_what_is_no_topic_says_why(topic: str) -> None:
    assert topic_faults(topic)


def test_our_own_topics_pass_the_same_check() -> None:
    found = Counter(
        fault
        for domain in Domain
        for topic in domain_texts(domain).topics
        for fault in topic_faults(topic.doing)
    )
    assert found.total() <= 7, found
