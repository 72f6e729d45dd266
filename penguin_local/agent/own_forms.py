"""A counsellor's own forms, `forms/*.toml`: items, choices, scoring, cut-offs. docs/forms.md documents the format.

No published instrument is shipped; `data/forms/example.toml` was written for this project.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from penguin_local import paths
from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.record import Screened
from penguin_local.agent.strict_table import StrictTable
from penguin_local.corpus.network import read_toml
from penguin_local.errors import BadInput, UsageError

MOST_ITEMS: Final = 100
MOST_POINTS: Final = 1000
_HINT: Final = "docs/forms.md documents the format; data/forms/example.toml is an example to copy"


class _LevelWord(StrEnum):
    NONE = Level.NONE.label
    CONCERN = Level.CONCERN.label
    ELEVATED = Level.ELEVATED.label
    IMMINENT = Level.IMMINENT.label


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that can be chosen."""

    words: str
    points: int


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is asked."""

    id: str
    text: str
    choices: tuple[Choice, ...]
    optional: bool = False
    """Whether it may be left out; it then counts no points."""


@dataclass(frozen=True, slots=True)
class CutOff:
    """From these points on, up to the next cut-off."""

    points: int
    words: str
    level: Level = Level.NONE


@dataclass(frozen=True, slots=True)
class Score:
    """The sum over some items."""

    name: str
    items: tuple[str, ...]
    cut_offs: tuple[CutOff, ...] = ()
    """Rising; the first at or below the lowest possible sum. Empty: the sum says nothing by itself."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One answer that matters whatever the sum is."""

    item: str
    at_least: int
    """Points of the chosen answer."""
    level: Level
    words: str


@dataclass(frozen=True, slots=True)
class Form:
    """A form as its file has it."""

    title: str
    version: str
    about: str
    """Shown before the first item; may be empty."""
    items: tuple[Item, ...]
    scores: tuple[Score, ...]
    flags: tuple[Flag, ...]

    @property
    def name(self) -> str:
        """`How has the week been (1)`, as it is kept in a case."""
        return f"{self.title} ({self.version})"

    def score(self, answers: Mapping[str, int]) -> tuple[Screened, Level]:
        """From item ids to places of the chosen answers, the first is 0.

        Raises UsageError for an answer that is missing and not optional, and for one that cannot be.
        """
        self._check(answers)
        chosen = {i.id: i.choices[answers[i.id]] for i in self.items if i.id in answers}
        results = {item: choice.words for item, choice in chosen.items()}
        sentences, level = [], Level.NONE
        for score in self.scores:
            points = sum(chosen[item].points for item in score.items if item in chosen)
            results[score.name] = str(points)
            reached = next((c for c in reversed(score.cut_offs) if points >= c.points), None)
            sentences.append(f"{score.name} {points}" + (f": {reached.words}." if reached else "."))
            level = max(level, reached.level if reached else Level.NONE)
        for flag in self.flags:
            if flag.item in chosen and chosen[flag.item].points >= flag.at_least:
                sentences.append(f"{flag.words}.")
                level = max(level, flag.level)
        return Screened(self.name, results, " ".join(sentences)), level

    def _check(self, answers: Mapping[str, int]) -> None:
        known = {item.id: item for item in self.items}
        for item, place in answers.items():
            if item not in known:
                raise UsageError(
                    f"{self.title}: there is no item {item!r}", hint=f"items: {', '.join(known)}"
                )
            if isinstance(place, bool) or not 0 <= place < len(known[item].choices):
                last = len(known[item].choices) - 1
                raise UsageError(
                    f"{self.title}: {item} has no answer {place}", hint=f"answers are numbered 0 to {last}"
                )
        missing = [i.text for i in self.items if not i.optional and i.id not in answers]
        if missing:
            raise UsageError(
                f"{self.title}: {len(missing)} still to be answered, first: {missing[0]}",
                hint="answer it, or close the form: nothing is kept then",
            )


def load_forms(folder: Path | None = None) -> tuple[tuple[Form, ...], tuple[BadInput, ...]]:
    """The forms of `folder`, of the settings folder's `forms`, and our example, by title; what is wrong with others.

    A file takes the place of one of the same name that stands further back in that order. Each error names its file
    and the key. Raises UsageError when `folder` is none.
    """
    if folder is not None and not folder.is_dir():
        raise UsageError(
            f"there is no folder {folder}", hint="--forms wants a folder with *.toml files in it"
        )
    files = {path.name: path for path in [*_in(paths.data() / "forms"), *own_files(folder)]}
    forms: list[Form] = []
    broken: list[BadInput] = []
    for path in files.values():
        try:
            forms.append(read_form(path))
        except BadInput as error:
            broken.append(error)
    return tuple(sorted(forms, key=lambda form: form.title.casefold())), tuple(broken)


def own_files(folder: Path | None) -> list[Path]:
    """Those of the settings folder and of `folder`, without our example; a folder that is not there has none."""
    return [*_in(paths.user_config() / "forms"), *(_in(folder) if folder else ())]


def _in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.toml"))


def read_form(path: Path) -> Form:
    """One form file; BadInput names the key."""
    keys = {"title", "version", "about", "choices", "item", "score", "flag"}
    top = StrictTable.of(path, "", read_toml(path, hint=_HINT), keys=keys, hint=_HINT)
    title, version = top.text("title"), top.text("version")
    sets = _choice_sets(top)
    items = tuple(_item(path, n, entry, sets) for n, entry in enumerate(top.items("item"), 1))
    ids = [item.id for item in items]
    if len(items) > MOST_ITEMS:
        raise top.wrong(f"has {len(items)} items, at most {MOST_ITEMS} can be")
    if len(set(ids)) != len(ids):
        raise top.wrong(f"[[item]] id {_twice(ids)!r} stands twice")
    scores = tuple(_score(path, n, entry, items) for n, entry in enumerate(_list(top, "score"), 1))
    names = [*ids, *(score.name for score in scores)]
    if len(set(names)) != len(names):
        raise top.wrong(f"[[score]] name {_twice(names)!r} stands twice, or is an item's id")
    flags = tuple(_flag(path, n, entry, items) for n, entry in enumerate(_list(top, "flag"), 1))
    whole = (Score("total", tuple(ids)),) if not scores and "total" not in ids else ()
    return Form(title, version, top.text("about", otherwise=""), items, scores or whole, flags)


def _list(table: StrictTable, key: str) -> list[Any]:
    return table.items(key) if table.has(key) else []


def _twice(names: list[str]) -> str:
    return next(name for name in names if names.count(name) > 1)


def _choice_sets(top: StrictTable) -> dict[str, tuple[Choice, ...]]:
    named = top.entry.get("choices", {})
    if not isinstance(named, dict):
        raise top.wrong("choices must be a table of named lists")
    return {name: _choices(top, f"[choices] {name}", entries) for name, entries in named.items()}


def _choices(table: StrictTable, where: str, entries: Any) -> tuple[Choice, ...]:
    if not isinstance(entries, list) or len(entries) < 2:
        raise table.wrong(f"{where} must be a list of at least 2 choices")
    found = []
    for n, entry in enumerate(entries, 1):
        place = f"{table.where} {where} {n}".strip()
        one = StrictTable.of(table.path, place, entry, keys={"words", "points"}, hint=_HINT)
        found.append(Choice(one.text("words"), one.whole("points", -MOST_POINTS, MOST_POINTS)))
    if len({choice.words for choice in found}) != len(found):
        raise table.wrong(f"{where} has the same words twice")
    return tuple(found)


def _item(path: Path, n: int, entry: Any, sets: Mapping[str, tuple[Choice, ...]]) -> Item:
    table = StrictTable.of(
        path, f"[[item]] {n}", entry, keys={"id", "text", "choices", "optional"}, hint=_HINT
    )
    wanted = table.entry.get("choices")
    if isinstance(wanted, str):
        if wanted not in sets:
            raise table.wrong(f"choices {wanted!r} is no list of [choices]")
        choices = sets[wanted]
    else:
        choices = _choices(table, "choices", wanted)
    return Item(table.text("id"), table.text("text"), choices, table.yes("optional"))


def _score(path: Path, n: int, entry: Any, items: tuple[Item, ...]) -> Score:
    table = StrictTable.of(path, f"[[score]] {n}", entry, keys={"name", "items", "cut_offs"}, hint=_HINT)
    every = tuple(item.id for item in items)
    counted = table.texts("items", otherwise=every)
    unknown = [item for item in counted if item not in every]
    if unknown:
        raise table.wrong(f"items: there is no item {unknown[0]!r}")
    cut_offs = tuple(_cut_off(table, k, cut) for k, cut in enumerate(_list(table, "cut_offs"), 1))
    lowest = sum(_lowest(item) for item in items if item.id in counted)
    if cut_offs and cut_offs[0].points > lowest:
        raise table.wrong(f"cut_offs must begin at {lowest} or below, the fewest points there can be")
    if any(later.points <= earlier.points for earlier, later in pairwise(cut_offs)):
        raise table.wrong("cut_offs must rise from one to the next")
    return Score(table.text("name"), counted, cut_offs)


def _lowest(item: Item) -> int:
    fewest = min(choice.points for choice in item.choices)
    return min(fewest, 0) if item.optional else fewest


def _cut_off(table: StrictTable, n: int, entry: Any) -> CutOff:
    cut = StrictTable.of(
        table.path, f"{table.where} cut_offs {n}", entry, keys={"from", "words", "level"}, hint=_HINT
    )
    points = cut.whole("from", -MOST_ITEMS * MOST_POINTS, MOST_ITEMS * MOST_POINTS)
    return CutOff(points, cut.text("words"), _level(cut) if cut.has("level") else Level.NONE)


def _flag(path: Path, n: int, entry: Any, items: tuple[Item, ...]) -> Flag:
    table = StrictTable.of(
        path, f"[[flag]] {n}", entry, keys={"item", "at_least", "level", "words"}, hint=_HINT
    )
    item, points = table.text("item"), table.whole("at_least", -MOST_POINTS, MOST_POINTS)
    flagged = next((one for one in items if one.id == item), None)
    if flagged is None:
        raise table.wrong(f"item: there is no item {item!r}")
    # A flag that no answer can reach, or that every answer raises, is a slip of the pen that nobody would see.
    if not min(c.points for c in flagged.choices) < points <= max(c.points for c in flagged.choices):
        raise table.wrong(f"at_least {points} is reached by none or by all of the answers to {item!r}")
    return Flag(item, points, _level(table), table.text("words"))


def _level(table: StrictTable) -> Level:
    return Level[table.one_of("level", _LevelWord).name]
