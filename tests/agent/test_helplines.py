"""Whom to call, by country."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from penguin_local import paths
from penguin_local.agent.helplines import (
    INTERNATIONAL,
    Channel,
    Checked,
    Country,
    Purpose,
    age,
    bundled_helplines,
    load_helplines,
)
from penguin_local.errors import BadInput, UsageError

OWN = """
[AT]
name = "Austria"
emergency = "144"

[[AT.lines]]
for = "crisis"
name = "Our line"
number = "0800 1"
hours = "9:00-17:00"
by = ["phone"]
languages = ["German"]
source = "https://example.org"
reviewed = 2026-11-20
checked = "called"
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PENGUIN_LOCAL_HOME", str(tmp_path))
    return tmp_path


EVERY = pytest.mark.parametrize("country", bundled_helplines().countries, ids=lambda c: c.code)


def test_there_are_more_than_thirty_five_countries_and_an_international_entry_at_the_end() -> None:
    countries = load_helplines().countries
    assert len(countries) > 35
    assert [c.code for c in countries if c.code == INTERNATIONAL] == [countries[-1].code]
    assert all(Channel.WEB in line.channels for line in load_helplines().international.lines)


@EVERY
def test_every_country_has_an_emergency_number_and_lines_with_a_date_a_ground_and_a_source(
    country: Country,
) -> None:
    assert any(character.isdigit() for character in country.emergency)
    assert country.lines
    for line in country.lines:
        assert line.hours
        assert line.languages
        assert line.source.startswith("https://")
        assert date(2025, 1, 1) < line.reviewed < date(2026, 11, 22)
    purposes = [line.purpose for line in country.lines]
    assert purposes == sorted(purposes, key=list(Purpose).index)


def test_ours_claims_no_check_that_nobody_made() -> None:
    grounds = {line.checked for country in bundled_helplines().countries for line in country.lines}
    assert grounds == {Checked.KNOWLEDGE, Checked.LISTING}
    assert all("not dialled" in ground.words for ground in grounds)


def test_no_name_means_two_countries() -> None:
    names = [name.casefold() for c in bundled_helplines().countries for name in (c.code, c.name, *c.also)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("de", "DE"),
        ("DE", "DE"),
        (" germany ", "DE"),
        ("DEUTSCHLAND", "DE"),
        ("uk", "GB"),
        ("espana", "ES"),
        ("Turkey", "TR"),
        ("turkiye", "TR"),
        ("日本", "JP"),
        ("international", INTERNATIONAL),
    ],
)
def test_a_country_is_found_by_code_or_name_in_any_case(asked: str, code: str) -> None:
    assert load_helplines().of(asked).code == code


def test_the_international_entry_is_no_place_that_one_is_in() -> None:
    assert bundled_helplines().of("NO").where == "in Norway"
    assert bundled_helplines().international.where == "wherever you are"


def test_a_country_that_is_not_there_is_told_the_nearest_names_and_what_to_do() -> None:
    with pytest.raises(UsageError, match="Germny") as caught:
        load_helplines().of("Germny")
    assert "Germany (DE)" in caught.value.hint
    assert "international" in caught.value.hint
    assert "helplines.toml" in caught.value.hint


@pytest.mark.parametrize("asked", ["", "  ", "Q", "Atlantis"])
def test_without_a_near_name_the_international_entry_and_the_file_are_still_offered(asked: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_helplines().of(asked)
    assert "did you mean" not in caught.value.hint
    assert "international" in caught.value.hint


def test_a_file_of_ones_own_replaces_a_country_whole_and_leaves_the_others(home: Path) -> None:
    (home / "helplines.toml").write_text(OWN, encoding="utf-8")
    loaded, ours = load_helplines(), bundled_helplines()
    assert [line.name for line in loaded.of("at").lines] == ["Our line"]
    assert loaded.of("at").lines[0].checked is Checked.CALLED
    assert loaded.of("de") == ours.of("de")
    assert len(loaded.countries) == len(ours.countries)


def test_a_file_of_ones_own_adds_a_country(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(OWN.replace("AT", "QQ").replace('"Austria"', '"Quokkaland"'), encoding="utf-8")
    loaded = load_helplines(path)
    assert loaded.of("quokkaland").emergency == "144"
    assert loaded.of("austria") == bundled_helplines().of("austria")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("AT", "at", "[at] is no code of two capital letters"),
        ("AT", "AUT", "[AUT] is no code"),
        ('name = "Austria"', "nam = 1", "[AT] has an unknown key 'nam'"),
        ('name = "Austria"', "", "[AT] name must be a text"),
        ('emergency = "144"', "emergency = 144", "[AT] emergency must be a text"),
        ('"0800 1"', '"call us"', "[AT] line 1 number is nothing that can be dialled"),
        ('"0800 1"', '"\\u001b]0;x"', "[AT] line 1 number must be a text of one line"),
        ('"Our line"', '"\\u202eOur line"', "[AT] line 1 name must be a text of one line"),
        ('"0800 1"', '"example.org"', "[AT] line 1 number is nothing that can be dialled"),
        ('["phone"]', '["pigeon"]', "[AT] line 1 by must be one of: phone, text"),
        ('["phone"]', "[]", "[AT] line 1 by must be a list"),
        ('"crisis"', '"everybody"', "[AT] line 1 for must be one of: crisis"),
        ('"https://example.org"', '"a friend"', "[AT] line 1 source must be an address"),
        ("2026-11-20", '"yesterday"', "[AT] line 1 reviewed must be a date"),
        ("2026-11-20", "2026-11-20T10:00:00", "[AT] line 1 reviewed must be a date"),
        ("reviewed = 2026-11-20\n", "", "[AT] line 1 reviewed must be a date"),
        ('"called"', '"sure"', "[AT] line 1 checked must be one of: knowledge"),
        ('["German"]', '["German", "German"]', "[AT] line 1 languages says the same twice"),
        ("[AT]", "extra = 1\n[AT]", "has an unknown key 'extra'"),
    ],
)
def test_a_wrong_entry_is_refused_by_file_and_key(home: Path, old: str, new: str, named: str) -> None:
    assert old in OWN
    (home / "helplines.toml").write_text(OWN.replace(old, new, 2 if old == "AT" else 1), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load_helplines()
    assert f"helplines.toml: {named}" in caught.value.message
    assert caught.value.hint


def test_ours_can_still_be_had_when_a_file_of_ones_own_is_broken(home: Path) -> None:
    (home / "helplines.toml").write_text("[AT", encoding="utf-8")
    with pytest.raises(BadInput, match=r"helplines\.toml"):
        load_helplines()
    assert bundled_helplines().of("at").lines


def test_a_named_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none\.toml"):
        load_helplines(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("reviewed", "words"),
    [
        (date(2026, 11, 21), "of today"),
        (date(2026, 12, 1), "of today"),
        (date(2026, 11, 20), "1 day old"),
        (date(2026, 11, 8), "13 days old"),
        (date(2026, 10, 8), "6 weeks old"),
        (date(2026, 1, 1), "10 months old"),
        (date(2024, 1, 1), "2 years old"),
    ],
)
def test_the_age_is_said_in_whole_units(reviewed: date, words: str) -> None:
    assert age(reviewed, date(2026, 11, 21)) == words


def test_a_line_says_on_what_ground_it_is_believed_and_how_old_that_is() -> None:
    line = bundled_helplines().of("us").lines[0]
    assert line.number == "988"
    assert line.channel == "phone, text, chat"
    assert line.standing(date(2026, 11, 21)) == "as publicly listed, not dialled; 6 weeks old"


def test_the_file_in_the_repository_says_how_it_was_gathered_and_who_must_check_it() -> None:
    head = (paths.data() / "helplines.toml").read_text(encoding="utf-8").split("version")[0]
    assert "Nobody dialled" in head
    assert "MUST CHECK" in head
