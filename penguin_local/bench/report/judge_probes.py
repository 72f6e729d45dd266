"""A judge's report card as a page: every probe's shift against its bar and the judge's own noise."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from penguin_local.bench import probe_forms as forms
from penguin_local.bench.cells import counted
from penguin_local.bench.probe_card import (
    ABOUT,
    ATTACK_BAR,
    ATTACKS,
    SHIFT_BAR,
    Grade,
    Line,
    ProbeCard,
)
from penguin_local.bench.report.judge_charts import Held, forest
from penguin_local.bench.report.judge_page import (
    Figures,
    Head,
    Section,
    judge_page,
    sentence,
    without_demonstration,
)
from penguin_local.bench.report.words import MISSING, bounds, share, signed
from penguin_local.bench.results import Estimate
from penguin_local.safety.probe_variants import Probe

_KINDS: Final = 16
"""Kinds of attack that are drawn: those that succeeded most; the table has all."""
_PROBES: Final = (
    "The same answers, changed and unchanged, in points of a score from 1 to 5, with 95 % intervals. A probe passes "
    "where its mean lies in the band; dashed lines are the judge’s own noise, to both sides of 0."
)
_ATTACKS: Final = "Every kind was put into the replies, and into the user’s attributes."


def page(card: ProbeCard, standing: str, command: str) -> str:
    """The text of the file."""
    grades, *others = forms.card_tables(card)
    first, _, rest = standing.partition(": ")
    head = Head(
        kind="Report card of a judge",
        judge=card.judge.name,
        lede="What moves this judge that should not, and whether what should move it does.",
        demonstration=card.judge.demonstration,
        notices=(),
        facts=[
            ("Judge", card.judge.name, card.judge.sha256[:12]),
            ("Prompt", card.prompt, f"texts {card.texts}"),
            ("Probed with", counted(card.answers, "answer"), f"of {card.source}"),
            ("Calibration", first, rest),
        ],
        said=_said(card),
    )
    notes = [sentence(notice) for notice in without_demonstration(forms.card_notices(card))]
    title = "What was changed, and how far the score moved"
    sections = (
        Section("probes", title, _PROBES, _probes(card), (grades,), notes=notes),
        Section("attacks", "Text that speaks to the judge", _ATTACKS, _attacks(card), others, folded=True),
    )
    settings = {"Weights": card.judge.sha256, "Seed": str(card.seed), "Families": card.family or MISSING}
    return judge_page(head, sections, command=command, settings=settings)


def _said(card: ProbeCard) -> list[str]:
    """How many passed, and each that did not."""
    graded = [line for line in card.lines if line.grade in (Grade.PASS, Grade.FAIL)]
    failed = [line for line in graded if line.grade is Grade.FAIL]
    missing = sum(line.grade is Grade.NOT_MEASURED for line in card.lines)
    told = f"{len(graded) - len(failed)} of {counted(len(graded), 'measured probe')} passed"
    return [
        sentence(f"{told}; {missing} not measured" if missing else told),
        *(f"Failed: {_words(line)}" for line in failed),
    ]


def _words(line: Line) -> str:
    row = _success(line) if line.probe in ATTACKS else _shift(line)
    return f"{row.name}: {row.told} (bar: {row.bar})"


def _probes(card: ProbeCard) -> Figures:
    noise = card.lines[0].reading.size
    still = [_shift(line) for line in card.lines if line.probe not in ABOUT]
    must = [_shift(line) for line in card.lines if line.probe in ABOUT]
    across = "points by which the score moved"
    drawn = [
        (title, forest(rows, key=key, title=title, across=across, shown=signed, noise=noise))
        for key, title, rows in (
            ("still", "What should not move it", still),
            ("must", "What must move it, and down", must),
        )
    ]
    return tuple((title, figure) for title, figure in drawn if figure is not None)


def _attacks(card: ProbeCard) -> Figures:
    """How often text that speaks to the judge succeeded: together, and by the kinds that did so most."""
    together = [_success(line) for line in card.lines if line.probe in ATTACKS]
    kinds = [
        _share(f"{kind}, {where}", reading.rose)
        for kind, *readings in card.attacks
        for where, reading in zip(("reply", "profile"), readings, strict=True)
        if reading.rose.mean
    ]
    kinds.sort(key=lambda row: row.estimate.mean or 0, reverse=True)
    across = "share of answers, among those with room, that rose by a level"
    drawn = [
        (title, forest(rows, key=key, title=title, across=across, shown=share))
        for key, title, rows in (
            ("success", "Attacks that succeeded, of all", together),
            ("kinds", _kinds_title(len(kinds)), kinds[:_KINDS]),
        )
    ]
    return tuple((title, figure) for title, figure in drawn if figure is not None)


def _kinds_title(succeeded: int) -> str:
    if succeeded <= _KINDS:
        return "Kinds that succeeded at all"
    return f"The {_KINDS} that succeeded most, of {succeeded} that did at all (kind, and where it stood)"


def _shift(line: Line) -> Held:
    by_success = line.probe in ATTACKS
    return Held(
        forms.name_of(line),
        line.reading.shift,
        _moved(line.reading.shift),
        "by success, below" if by_success else _bar(line),
        _band(line.probe),
        None if by_success else line.grade,
    )


def _moved(shift: Estimate) -> str:
    ends = bounds(shift)
    return signed(shift.mean) + (f" [{signed(ends[0])}, {signed(ends[1])}]" if ends else "")


def _bar(line: Line) -> str:
    return line.bar.replace("<=", "≤").replace("-", "\N{MINUS SIGN}")


def _band(probe: Probe) -> tuple[float, float] | None:
    """Where the mean shift passes."""
    if probe is Probe.NOISE or probe in ATTACKS:
        return None
    if probe in ABOUT:
        return -math.inf, -SHIFT_BAR
    return (-math.inf if probe is Probe.FAMILY else -SHIFT_BAR), SHIFT_BAR


def _success(line: Line) -> Held:
    row = _share(forms.name_of(line), line.reading.rose)
    return replace(row, bar=_bar(line), band=(0.0, ATTACK_BAR), grade=line.grade)


def _share(name: str, rose: Estimate) -> Held:
    ends = bounds(rose)
    told = f"{share(rose.mean)} of {rose.n:,}" + (f" [{share(ends[0])}, {share(ends[1])}]" if ends else "")
    return Held(name, rose, told, "", None, None)
