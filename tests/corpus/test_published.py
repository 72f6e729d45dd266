"""PENGUIN as published: every layout is read, nothing of a post is kept, and what is missing is counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.background import Value
from penguin_local.core.rows import row_from_scenario
from penguin_local.core.scenario import Scenario
from penguin_local.corpus.published import Gap, Half, Rejected, Taken, read_published
from penguin_local.corpus.published_census import Census, take_census
from penguin_local.corpus.published_rows import published_files
from penguin_local.corpus.published_values import Unread, resolve
from penguin_local.errors import BadInput
from tests.corpus.published_files import publish, real, synthetic, write


def taken(path: Path) -> list[Taken]:
    rows = list(read_published(path))
    assert all(isinstance(row, Taken) for row in rows), rows
    return [row for row in rows if isinstance(row, Taken)]


def census_of(folder: Path) -> tuple[tuple[Scenario, ...], Census]:
    return take_census(published_files([folder]), name="penguin", source="PENGUIN")


def test_spaced_snake_and_title_keys_are_one_key(tmp_path: Path) -> None:
    spaced = real()
    rows = [
        spaced,
        {key.replace(" ", "_"): value for key, value in spaced.items()},
        {key.title(): value for key, value in spaced.items()},
    ]
    first, *others = taken(write(tmp_path / "life/posts.json", rows))
    assert len(first.values) == 9
    assert all(other.values == first.values for other in others)


def test_a_post_has_no_self_harm_key_and_that_is_never_none(tmp_path: Path) -> None:
    (row,) = taken(write(tmp_path / "real_data/life/posts.json", [real()]))
    assert row.half is Half.REAL
    assert row.gaps == {Attribute.SELF_HARM: Gap.NO_KEY}
    assert Attribute.SELF_HARM not in row.values


def test_unknown_missing_and_unresolved_values_are_kept_apart(tmp_path: Path) -> None:
    row = real(**{"age": "not mentioned", "gender": None, "profession": "astronaut", "health status": ""})
    (read,) = taken(write(tmp_path / "life/posts.json", [row]))
    assert {
        a: read.gaps[a] for a in (Attribute.AGE, Attribute.GENDER, Attribute.PROFESSION, Attribute.HEALTH)
    } == {
        Attribute.AGE: Gap.UNKNOWN,
        Attribute.GENDER: Gap.MISSING,
        Attribute.PROFESSION: Gap.UNRESOLVED,
        Attribute.HEALTH: Gap.UNKNOWN,
    }


def test_all_ten_attributes_of_a_synthetic_profile_are_read(tmp_path: Path) -> None:
    (row,) = taken(write(tmp_path / "synthetic/life/profiles.json", [synthetic()]))
    assert (row.half, row.gaps) == (Half.SYNTHETIC, {})
    assert row.values[Attribute.MENTAL].kind == "severe depression"
    assert row.values[Attribute.SELF_HARM].kind == "yes"


def test_a_nested_profile_and_several_queries_are_read(tmp_path: Path) -> None:
    profile = {key: value for key, value in synthetic().items() if key != "Query"}
    row = {
        "domain": "health",
        "profile": profile,
        "queries": ["Is it fine to fast?", "Can I stop my tablets?"],
    }
    scenarios, census = take_census(
        [write(tmp_path / "all.json", {"rows": [row]})], name="penguin", source="x"
    )
    assert [s.domain for s in scenarios] == [Domain.HEALTH] * 2
    assert len({s.cluster for s in scenarios}) == 1, "one person, so one cluster"
    assert census.clusters == 1


def test_nothing_of_the_post_reaches_a_scenario(tmp_path: Path) -> None:
    scenarios, _ = census_of(publish(tmp_path))
    told = json.dumps([row_from_scenario(s) for s in scenarios])
    for private in (
        "Brunhilde",
        "Weatherwax",
        "Leipzig",
        "abc123",
        "forum.example",
        "Adulting",
        "Torn",
        "Tom",
    ):
        assert private not in told


def test_repeats_across_communities_become_one_cluster(tmp_path: Path) -> None:
    scenarios, census = census_of(publish(tmp_path))
    assert (census.total, census.duplicates, census.clusters) == (5, 1, 4)
    by_cluster: dict[str, set[Domain]] = {}
    for scenario in scenarios:
        by_cluster.setdefault(scenario.cluster, set()).add(scenario.domain)
    assert {Domain.LIFE, Domain.CAREER} in by_cluster.values()


def test_the_census_counts_rows_by_domain_and_half(tmp_path: Path) -> None:
    _, census = census_of(publish(tmp_path))
    assert census.rows == {
        (Domain.CAREER, Half.REAL): 1,
        (Domain.LIFE, Half.REAL): 2,
        (Domain.LIFE, Half.SYNTHETIC): 2,
    }
    assert census.gaps[Attribute.SELF_HARM, Half.REAL] == {Gap.NO_KEY: 3}
    assert census.unresolved == ()


def test_an_attribute_that_too_many_rows_lack_is_named(tmp_path: Path) -> None:
    rows = [real(**{"mental health status": None}) if i % 10 == 0 else real() for i in range(40)]
    write(tmp_path / "real_data/life/posts.json", rows)
    _, census = census_of(tmp_path)
    assert [(a, half) for a, half, _ in census.unresolved] == [(Attribute.MENTAL, Half.REAL)]


def test_a_bad_row_is_rejected_with_its_line_and_the_others_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "life" / "posts.json"
    path.parent.mkdir()
    path.write_text(f'[\n{json.dumps(real())},\n{{"age": "private words"}},\n7\n]\n', encoding="utf-8")
    first, second, third = read_published(path)
    assert isinstance(first, Taken)
    assert second == Rejected(path, 3, "it has no query")
    assert third == Rejected(path, 4, "not a JSON object")


@pytest.mark.parametrize("cut", [1, 40, -3])
def test_a_file_that_breaks_off_says_where(tmp_path: Path, cut: int) -> None:
    whole = write(tmp_path / "life/posts.json", [real(), real()]).read_text(encoding="utf-8")
    path = tmp_path / "life/broken.json"
    path.write_text(whole[:cut], encoding="utf-8")
    *_, last = read_published(path)
    assert isinstance(last, Rejected)
    assert last.what.startswith("bad JSON")


def test_a_line_of_json_lines_that_is_bad_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "life.jsonl"
    path.write_text(f"{json.dumps(real())}\n{{oops\n{json.dumps(real())}\n", encoding="utf-8")
    assert [type(row) for row in read_published(path)] == [Taken, Rejected, Taken]


def test_a_folder_without_files_and_no_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"holds no \.json"):
        published_files([tmp_path])
    with pytest.raises(BadInput, match="there is no"):
        published_files([tmp_path / "nowhere"])


@pytest.mark.parametrize(
    ("attribute", "text", "kind"),
    [
        (Attribute.AGE, "27 years old", "25-34"),
        (Attribute.AGE, "late 30s", "35-44"),
        (Attribute.AGE, "25\u201334", "25-34"),
        (Attribute.SELF_HARM, "No history of self-harm", "none"),
        (Attribute.SELF_HARM, "self-harmed years ago, no recent episodes", "yes"),
        (Attribute.MENTAL, "no suicidal thoughts, some anxiety", "anxiety"),
        (Attribute.MENTAL, "None", "none"),
        (Attribute.EMOTION, "hopeless and alone", "despair"),
    ],
)
def test_others_words_for_a_value_are_read(attribute: Attribute, text: str, kind: str) -> None:
    value = resolve(attribute, text)
    assert isinstance(value, Value)
    assert value.kind == kind


def test_nothing_found_is_not_the_value_none() -> None:
    assert resolve(Attribute.HEALTH, "None") is Unread.UNKNOWN
    assert resolve(Attribute.SELF_HARM, "N/A") is Unread.UNKNOWN


def test_own_words_are_kept_without_names() -> None:
    value = resolve(Attribute.EMOTION, "hopeless since Brunhilde left for Leipzig")
    assert value == Value("despair", "hopeless since [name] left for [name]")


@pytest.mark.parametrize("name", ["life.json", "life.jsonl"])
@pytest.mark.parametrize(
    "content", ["[" * 100_000, '{"a": ' * 50_000, '[{"age": ' + "1" * 5_000 + "}]", '{"a": [{}']
)
def test_a_file_made_to_break_readers_is_rejected_by_line(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    (row,) = read_published(path)
    assert isinstance(row, Rejected)
    assert row.line == 1


@given(content=st.binary(max_size=300) | st.text(alphabet='[]{}",: \n1ax\\', max_size=60).map(str.encode))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_is_a_fault_of_ours(tmp_path: Path, content: bytes) -> None:
    for name in ("life.json", "life.jsonl"):
        path = tmp_path / name
        path.write_bytes(content)
        assert all(isinstance(row, Taken | Rejected) for row in read_published(path))


@given(
    key=st.sampled_from(["query", "age", "gender", "domain", "scenario", "profile", "original"]),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    ),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_value_is_a_fault_of_ours(tmp_path: Path, key: str, value: object) -> None:
    path = write(tmp_path / "life.json", [real() | {key: value}])
    scenarios, census = take_census([path], name="penguin", source="x")
    assert len(scenarios) + len(census.rejected) >= 1
