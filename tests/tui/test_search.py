"""Words are found wherever they can be read, and what cannot be read is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from penguin_local.agent.record import Entry, Learned, Line, Noted, Said, Source, encoded
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.store.casebook import CaseAbout, CaseInfo
from penguin_local.store.database import Database
from penguin_local.store.house import CASES
from penguin_local.store.vault import Vault
from penguin_local.tui.search import MOST, search
from tests.store.vaults import BEGUN, begun, opened


def told(vault: Vault, title: str, *entries: Entry) -> CaseInfo:
    case = vault.create(CaseAbout(title))
    for entry in entries:
        vault.append(case.id, encoded(Line(BEGUN, entry)))
    return case


def places(vault: Vault, wanted: str) -> list[tuple[str, int, str, str]]:
    searched = search(vault, vault.cases(), wanted)
    assert not searched.unread
    return sorted((f.case.about.title, f.entry, f.what, f.match) for f in searched.found)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cases.duckdb"


def test_a_title_is_found_like_what_was_said_in_the_case(path: Path) -> None:
    vault, _ = begun(path)
    with vault:
        told(vault, "The harbour")
        told(vault, "Monday", Said("hello"), Learned(Attribute.AGE, Value("25-34"), Source.INTAKE))
        told(vault, "Later", Noted("nothing"), Said("down  at the\nHarbour wall"))
        assert places(vault, " harbour") == [
            ("Later", 1, "you", "Harbour"),
            ("The harbour", 0, "title", "harbour"),
        ]
        assert places(vault, "the  harbour") == [
            ("Later", 1, "you", "the Harbour"),
            ("The harbour", 0, "title", "The harbour"),
        ]
        assert places(vault, "25-") == [("Monday", 1, "age", "25-")]
        assert places(vault, "  ") == []


def test_what_cannot_be_read_is_named_and_all_else_found(path: Path) -> None:
    vault, _ = begun(path)
    with vault:
        strange = told(vault, "strange", Said("one lantern"))
        vault.append(strange.id, '{"at": "2026-03-01T09:00:00+00:00", "entry": "Later", "text": "a lantern"}')
        vault.append(strange.id, encoded(Line(BEGUN, Said("two lanterns"))))
        shut = told(vault, "shut, with a lantern", Said("three"), Said("four"))
        told(vault, "whole", Said("five lanterns"))
    with Database(path, house=CASES) as database, database.transaction() as write:
        write("UPDATE entries SET sealed = sealed || 'x'::BLOB WHERE case_id = ? AND number = 1", [shut.id])
    with opened(path) as vault:
        searched = search(vault, vault.cases(), "lantern")
        assert {(f.case.about.title, f.entry) for f in searched.found} == {
            ("strange", 0),
            ("strange", 2),
            ("shut, with a lantern", 0),
            ("whole", 0),
        }
        assert {case.id for case in searched.unread} == {strange.id, shut.id}


def test_no_more_places_are_looked_for_than_are_shown(path: Path) -> None:
    vault, _ = begun(path)
    with vault:
        told(vault, "many", *[Noted("again")] * (MOST + 5))
        assert len(places(vault, "again")) == MOST
