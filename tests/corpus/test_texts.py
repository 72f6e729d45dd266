"""Topics and patterns: enough of them, well formed, and none tells who asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from penguin_local import paths
from penguin_local.core.attributes import Domain
from penguin_local.corpus.audit import named
from penguin_local.corpus.texts import PATTERNS, TOPICS, Topic, domain_texts
from penguin_local.errors import BadInput


@pytest.mark.parametrize("domain", list(Domain))
def test_a_domain_has_a_hundred_topics_with_stakes_and_more_than_forty_patterns(domain: Domain) -> None:
    texts = domain_texts(domain)
    assert len({t.doing for t in texts.topics}) == len({t.do for t in texts.topics}) == TOPICS
    assert len(set(texts.patterns)) >= PATTERNS
    assert all(len(t.stake.split()) >= 5 and t.stake.endswith(".") for t in texts.topics)


@pytest.mark.parametrize("domain", list(Domain))
def test_no_pattern_and_no_topic_names_a_background_detail_of_anyone(domain: Domain) -> None:
    texts = domain_texts(domain)
    lines = [*texts.patterns, *(t.doing for t in texts.topics), *(t.do for t in texts.topics)]
    assert {line: named(line) for line in lines if named(line)} == {}


def test_no_topic_belongs_to_two_domains() -> None:
    topics = [t.doing for domain in Domain for t in domain_texts(domain).topics]
    assert len(topics) == 700
    assert len(set(topics)) == len(topics)


def test_a_topic_fills_either_kind_of_pattern_and_starts_with_a_capital() -> None:
    topic = Topic("moving out", "move out", "A home.")
    assert topic.fill("Should I {do}?") == "Should I move out?"
    assert topic.fill("{doing}: wise or not?") == "Moving out: wise or not?"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{doing}", "{doing} and {do}", "needs exactly one"),
        ("{doing}", "it", "needs exactly one"),
        ("stake =", "risk =", "must have exactly doing, do and stake"),
        ("[queries]", "[questions]", "expected >= 40"),
        ("[[topic]]", "[[theme]]", "99 topics"),
    ],
)
def test_a_broken_file_is_refused_by_name(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (paths.data() / "topics" / "health.toml").read_text(encoding="utf-8")
    start = text.index("[queries]") if old == "{doing}" else 0
    text = text[:start] + text[start:].replace(old, new, 1)
    (tmp_path / "health.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        domain_texts(Domain.HEALTH, tmp_path)
    assert "health.toml" in caught.value.message
    assert message in caught.value.message


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"life\.toml"):
        domain_texts(Domain.LIFE, tmp_path)
