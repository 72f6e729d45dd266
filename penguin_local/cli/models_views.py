"""`models list` and `models show` as a person or a program reads them."""

from __future__ import annotations

import json
from dataclasses import dataclass

import typer

from penguin_local.cli.console import Cell, View, print_table
from penguin_local.cli.loading import size
from penguin_local.lm.catalogue import Entry, find_model, load_catalogue
from penguin_local.lm.inventory import Inventory, Known, Source

_COLUMNS = ("name", "good for", "bundled", "present", "pinned", "bytes", "licence")


@dataclass(frozen=True, slots=True)
class _Row:
    """One model: of the catalogue, on this machine, or both."""

    name: str
    entry: Entry | None
    known: Known | None

    @property
    def present(self) -> bool:
        return self.known is not None and self.known.present

    @property
    def bytes(self) -> int | None:
        return (self.entry.bytes if self.entry else None) or (self.known.bytes if self.known else None)

    @property
    def pin(self) -> str:
        if self.entry is not None:
            return self.entry.pin
        assert self.known is not None
        return f"no: recorded here on {self.known.since}"

    def values(self) -> dict[str, Cell | bool | None]:
        """For a program."""
        e = self.entry
        return {
            "name": self.name,
            "good_for": ", ".join(e.good_for) if e else "",
            "bundled": bool(e and e.bundled),
            "present": self.present,
            "pinned": bool(e and e.pinned),
            "pin": self.pin,
            "bytes": self.bytes,
            "licence": e.licence if e else "",
        }

    def words(self) -> list[Cell]:
        """For a person."""
        v = self.values()
        yes = {True: "yes", False: ""}
        amount = "" if self.bytes is None else f"{self.bytes:,}"
        licence = (
            f"{v['licence']} (with conditions)" if self.entry and self.entry.terms else str(v["licence"])
        )
        bundled, present = yes[bool(v["bundled"])], yes[self.present]
        return [self.name, str(v["good_for"]), bundled, present, self.pin, amount, licence]


def print_list(view: View, *, here: bool) -> None:
    """Every model of the catalogue and of this machine."""
    rows = [row for row in _rows() if row.present or not here]
    if view is View.JSON:
        typer.echo(json.dumps([row.values() for row in rows], ensure_ascii=False, indent=2))
        return
    print_table("Models", _COLUMNS, [row.words() for row in rows], view.value)


def _rows() -> list[_Row]:
    inventory, catalogue = Inventory(), load_catalogue()
    known = inventory.known()
    rows = [_Row(entry.name, entry, _here(entry, known)) for entry in catalogue.entries]
    named = {row.name for row in rows}
    others = [k for k in known if k.name not in named]
    rows.extend(_Row(k.name, None, k) for k in others)
    recorded = {k.path for k in known}
    for path in inventory.lying():
        if path not in recorded:
            loose = Known(path.stem, path, "", path.stat().st_size, Source.FIRST_USE, "first use")
            rows.append(_Row(path.stem, None, loose))
    return rows


def _here(entry: Entry, known: list[Known]) -> Known | None:
    """The file of that content or, where the content is not known, of that name."""
    same = [k for k in known if k.sha256 == entry.sha256 or (entry.sha256 is None and k.name == entry.name)]
    return next((k for k in same if k.present), None)


def print_model(name: str, view: View) -> None:
    """All that is known of one. Raises WeightsMissing with the nearest names."""
    row = next((row for row in _rows() if row.name == name.lower() or row.name == name), None)
    if row is None:
        find_model(name)  # which says what is near
        load_catalogue().get(name)
        return
    told = _told(row)
    if view is View.JSON:
        typer.echo(json.dumps({**row.values(), **told}, ensure_ascii=False, indent=2))
        return
    shown = {**dict(zip(_COLUMNS, row.words(), strict=True)), **told}
    rows: list[list[Cell]] = [
        [key.replace("_", " "), _cell(key, value)] for key, value in shown.items() if value not in ("", None)
    ]
    print_table(row.name, ["what", "value"], rows, view.value)


def _cell(key: str, value: object) -> str:
    if key.startswith("memory") and isinstance(value, int):
        return size(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def _told(row: _Row) -> dict[str, object]:
    from penguin_local.lm.needs import needs_of

    told: dict[str, object] = {}
    e = row.entry
    if e is not None:
        needs = needs_of(e)
        told = {
            "title": e.title,
            "role": e.role.value,
            "repo": e.repo,
            "revision": e.revision,
            "file": e.file,
            "sha256": e.sha256,
            "sources_of_the_sha256": e.sources or None,
            "conditions": e.terms,
            "family": e.family,
            "chat_format": e.chat_format,
            "context_tokens": e.context_tokens,
            "thinks_aloud": e.thinking.value,
            "architecture": e.architecture,
            "quantisation": e.quantisation,
            "memory_at_4k_with_1_slot": needs.one_slot if needs else None,
            "memory_at_4k_with_16_slots": needs.sixteen_slots if needs else None,
            "tested_with": f"llama-cpp-python {e.tested_with}" if e.tested_with else "never loaded by us",
            "note": e.note,
        }
    if row.known is not None:
        k = row.known
        told |= {"lies_at": str(k.path), "came_as": k.source.value, "since": k.since}
        told["sha256"] = k.sha256 or None
    return told
