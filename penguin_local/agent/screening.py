"""Results of published screenings, entered by a person and read by their published cut-offs.

No wording of any instrument is here: only totals and outcomes are entered. A screening is no diagnosis, and a
low result never lowers what the other readers of the crisis layer saw.

Sources: PHQ-9, Kroenke, Spitzer and Williams 2001 (0-27: 5, 10, 15, 20); GAD-7, Spitzer, Kroenke, Williams and
Löwe 2006 (0-21: 5, 10, 15); ASQ, Horowitz and others 2012 and the NIMH toolkit (refusing to answer counts as
positive; acute means thoughts now); C-SSRS, Posner and others 2011, the screener's triage as the Columbia
Lighthouse Project publishes it (low, moderate, high).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple, TypeVar

from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.record import Screened
from penguin_local.errors import UsageError

K = TypeVar("K", bound=StrEnum)

PHQ9_HIGHEST: Final = 27
ITEM9_HIGHEST: Final = 3
GAD7_HIGHEST: Final = 21
_OTHER_EIGHT: Final = PHQ9_HIGHEST - ITEM9_HIGHEST
"""The most that the items of the PHQ-9 without the ninth can add up to."""

PHQ9_BANDS: Final = (
    (0, "minimal"),
    (5, "mild"),
    (10, "moderate"),
    (15, "moderately severe"),
    (20, "severe"),
)
GAD7_BANDS: Final = ((0, "minimal"), (5, "mild"), (10, "moderate"), (15, "severe"))


class Asq(StrEnum):
    """Outcome of the ASQ."""

    NEGATIVE = "negative"
    NON_ACUTE = "non-acute positive"
    ACUTE = "acute positive"
    REFUSED = "refused"


class Cssrs(StrEnum):
    """Outcome of the C-SSRS screener by its triage."""

    NONE = "none"
    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


class Result(NamedTuple):
    """What was entered, how it reads, and what the crisis layer makes of it."""

    screened: Screened
    level: Level
    reasons: tuple[str, ...]
    """Why the level; the gravest first, empty at NONE."""


@dataclass(frozen=True, slots=True)
class _Part:
    instrument: str
    label: str
    result: str
    reading: str
    level: Level = Level.NONE
    reason: str = ""


_ASQ: Final = {
    Asq.NEGATIVE: (Level.NONE, "negative.", ""),
    Asq.NON_ACUTE: (
        Level.ELEVATED,
        "positive, not acute: a fuller conversation about safety should follow today, before parting.",
        "the ASQ is positive",
    ),
    # Thoughts at this moment are what makes it acute: that is danger now, as IMMINENT says.
    Asq.ACUTE: (
        Level.IMMINENT,
        "acute positive: thoughts of suicide now; nobody should be alone with that, help is needed at once.",
        "the ASQ is acutely positive",
    ),
    # The toolkit counts a refusal as positive; whether it would have been acute nobody knows.
    Asq.REFUSED: (
        Level.ELEVATED,
        "not answered, which counts as positive: a fuller conversation about safety should follow.",
        "the ASQ was not answered, which counts as positive",
    ),
}
_CSSRS: Final = {
    Cssrs.NONE: (Level.NONE, "nothing was said yes to.", ""),
    # Its low band already means a wish to be dead or thoughts without method or intent.
    Cssrs.LOW: (Level.CONCERN, "low: a referral and a plan for follow-up.", "the C-SSRS is low, not empty"),
    Cssrs.MODERATE: (
        Level.ELEVATED,
        "moderate: an assessment of safety should follow soon.",
        "the C-SSRS is moderate",
    ),
    # Its high band is intent, a plan, or an attempt in the last three months.
    Cssrs.HIGH: (
        Level.IMMINENT,
        "high: intent, a plan or a recent attempt; nobody should be alone with that, help is needed at once.",
        "the C-SSRS is high",
    ),
}


def read(
    *,
    phq9: int | None = None,
    phq9_item9: int | None = None,
    gad7: int | None = None,
    asq: Asq | str | None = None,
    cssrs: Cssrs | str | None = None,
) -> Result:
    """What was entered, read by the published cut-offs; what is None was not done.

    Raises UsageError for a number out of bounds, an unknown outcome, a total that its ninth item contradicts,
    or when nothing was entered.
    """
    parts = [
        *_phq9(phq9, phq9_item9),
        *_gad7(gad7),
        *_outcome("ASQ", asq, Asq, _ASQ),
        *_outcome("C-SSRS", cssrs, Cssrs, _CSSRS),
    ]
    if not parts:
        raise UsageError(
            "no result was entered", hint="enter at least one, or close the form: none is needed to talk"
        )
    screened = Screened(
        instrument=", ".join(dict.fromkeys(part.instrument for part in parts)),
        results={part.label: part.result for part in parts},
        reading=" ".join(f"{part.label}: {part.reading}" for part in parts),
    )
    grave = sorted((part for part in parts if part.level), key=lambda part: -part.level)
    level = max((part.level for part in parts), default=Level.NONE)
    return Result(screened, level, tuple(part.reason for part in grave))


def standing(screened: Screened, level: Level) -> dict[str, Level]:
    """What results mean for safety until they are entered anew: a published one by itself, by its own reading.

    A form of one's own, whatever its version, means what it was read as: `level`.
    """
    try:
        return {name: _PUBLISHED[name](result).level for name, result in screened.results.items()}
    except (KeyError, ValueError, UsageError):
        return {screened.instrument.rpartition(" (")[0] or screened.instrument: level}


_PUBLISHED: Final[dict[str, Callable[[str], Result]]] = {
    "PHQ-9 total": lambda result: read(phq9=int(result)),
    "PHQ-9 item 9": lambda result: read(phq9_item9=int(result)),
    "GAD-7 total": lambda result: read(gad7=int(result)),
    "ASQ": lambda result: read(asq=result),
    "C-SSRS": lambda result: read(cssrs=result),
}


def _phq9(total: int | None, item9: int | None) -> list[_Part]:
    _check("the PHQ-9 total", total, PHQ9_HIGHEST)
    _check("PHQ-9 item 9", item9, ITEM9_HIGHEST)
    if total is not None and item9 is not None and not item9 <= total <= _OTHER_EIGHT + item9:
        raise UsageError(
            f"a PHQ-9 total of {total} cannot go with item 9 at {item9}",
            hint=f"with item 9 at {item9} the total is from {item9} to {_OTHER_EIGHT + item9}; "
            "check both, or leave one empty",
        )
    parts = []
    if total is not None:
        parts.append(_phq9_total(total, item9))
    if item9 is not None:
        parts.append(_item9(item9))
    return parts


def _phq9_total(total: int, item9: int | None) -> _Part:
    band = _band(total, PHQ9_BANDS)
    reading = f"{total} of {PHQ9_HIGHEST}, {band}."
    if item9 is None:
        reading += " Item 9 was not entered: it is worth asking about."
    # Distress this heavy is reason to watch, whatever was said to the ninth item.
    severe = band == PHQ9_BANDS[-1][1]
    level, reason = (Level.CONCERN, "the PHQ-9 is in its highest band") if severe else (Level.NONE, "")
    return _Part("PHQ-9", "PHQ-9 total", str(total), reading, level, reason)


def _item9(item9: int) -> _Part:
    """Any answer above 0 opens the crisis path.

    ELEVATED and not CONCERN, also at 1: the item does not tell a passive wish from thoughts of harming oneself,
    and published practice follows every answer above 0 with an assessment of safety.
    """
    if not item9:
        return _Part("PHQ-9", "PHQ-9 item 9", "0", f"0 of {ITEM9_HIGHEST}.")
    reading = f"{item9} of {ITEM9_HIGHEST}; as it is above 0, safety should be talked about now."
    return _Part("PHQ-9", "PHQ-9 item 9", str(item9), reading, Level.ELEVATED, "PHQ-9 item 9 is above 0")


def _gad7(total: int | None) -> list[_Part]:
    """Anxiety alone, however strong, leads to no crisis level: its instrument asks nothing about harm."""
    _check("the GAD-7 total", total, GAD7_HIGHEST)
    if total is None:
        return []
    band = _band(total, GAD7_BANDS)
    return [_Part("GAD-7", "GAD-7 total", str(total), f"{total} of {GAD7_HIGHEST}, {band}.")]


def _outcome(
    name: str, found: str | None, kinds: type[K], readings: dict[K, tuple[Level, str, str]]
) -> list[_Part]:
    if found is None:
        return []
    if found not in {kind.value for kind in kinds}:
        raise UsageError(
            f"the outcome of the {name} cannot be {found!r}", hint=f"it is one of: {', '.join(kinds)}"
        )
    kind = kinds(found)
    level, reading, reason = readings[kind]
    return [_Part(name, name, kind.value, reading, level, reason)]


def _band(total: int, bands: tuple[tuple[int, str], ...]) -> str:
    return next(words for lowest, words in reversed(bands) if total >= lowest)


def _check(what: str, number: int | None, highest: int) -> None:
    if number is None:
        return
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= highest:
        raise UsageError(
            f"{what} is a whole number from 0 to {highest}", hint="correct it, or leave it empty"
        )
