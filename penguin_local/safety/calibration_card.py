"""A calibration card: what a judge's scores are worth, and how that is kept in a JSON file.

Who rated is not in it, only how many.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any, Final

from penguin_local.core.rubric import LEVELS, Dimension
from penguin_local.core.statistics_agreement import Agreement, Measured
from penguin_local.errors import BadInput, NoRoom
from penguin_local.safety.calibration import OVERALL, PARTS, Block, Calibration, Matrix

FORMAT: Final = 1
SHA: Final = re.compile("[0-9a-f]{64}")
PROMPT: Final = re.compile(r"[a-z0-9][a-z0-9.+-]{0,39}")
_FEW: Final = 50
"""Answers below which a card says that it rests on few."""
_AGAIN: Final = "remove the file, then make the card again: penguin-local judge calibrate LABELS"


@dataclass(frozen=True, slots=True)
class Card:
    """One judge, one prompt, one set of labels."""

    judge: str
    sha256: str
    """Of the judge's weights; of a panel, `panel_sha256`."""
    demonstration: bool
    prompt: str
    """The version of the judge's prompt: another one is another judge."""
    made: str
    """The date, UTC."""
    engine: str
    """The library that read the scores, with its version."""
    labels: str
    """A digest of the ratings it was compared with."""
    found: Calibration

    @property
    def id(self) -> str:
        """Eight digits of a digest of the whole card: another card has another id."""
        return blake2b(json.dumps(_told(self), sort_keys=True).encode(), digest_size=4).hexdigest()

    @property
    def words(self) -> str:
        """In a line: how well it agrees with people, and how well they do among themselves."""
        found = self.found
        kappa = found.with_raters[OVERALL].kappa
        raters, answers = ("s" if count != 1 else "" for count in (found.raters, found.answers))
        people = f"{found.raters} rater{raters} on {found.answers:,} answer{answers}"
        ceiling = ""
        if found.among_raters is not None:
            ceiling = f", theirs among themselves {shown(found.among_raters[OVERALL].kappa)}"
        few = "; few answers" if found.answers < _FEW else ""
        return f"card {self.id}: weighted kappa {shown(kappa)} with {people}{ceiling}{few}"


def shown(measured: Measured) -> str:
    """`0.69 [0.62, 0.75]`, or `not defined` where nothing varies."""
    if measured.value is None:
        return "not defined"
    if measured.low is None or measured.high is None:
        return _two_digits(measured.value)
    return f"{_two_digits(measured.value)} [{_two_digits(measured.low)}, {_two_digits(measured.high)}]"


def _two_digits(value: float) -> str:
    """Nothing is ever `-0.00`."""
    return f"{round(value, 2) + 0.0:.2f}"


def panel_sha256(members: Sequence[str]) -> str:
    """Stands for the weights of several judges together, whatever their order."""
    return sha256("\n".join(sorted(members)).encode()).hexdigest()


def encode_card(card: Card) -> bytes:
    """The file's bytes; the same card always gives the same."""
    return (json.dumps({"id": card.id, **_told(card)}, ensure_ascii=False, indent=1) + "\n").encode()


def read_card(path: Path) -> Card:
    """One file. Raises BadInput for what is no card, or was changed since it was made."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        card = _card(told)
        id = told["id"]
    except OSError as error:
        raise NoRoom(
            f"cannot read {path}: {error.strerror}", hint="check that it is a file you may read"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(f"{path} is not a calibration card ({error})"[:300], hint=_AGAIN) from error
    if id != card.id:
        raise BadInput(
            f"{path} was changed after it was made: its id is not that of its content", hint=_AGAIN
        )
    return card


def _told(card: Card) -> dict[str, Any]:
    found = asdict(card.found)
    if found["confusion_among"] is None:
        del found["confusion_among"]  # cards from before it was counted keep their ids
    return {
        "format": FORMAT,
        **{k: v for k, v in asdict(card).items() if k != "found"},
        "found": _rounded(found),
    }


def _rounded(value: Any) -> Any:
    """Six digits are more than any label set can tell; the same on every platform."""
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value


def _card(told: Any) -> Card:
    if not isinstance(told, dict):
        raise ValueError("it is no JSON object")
    if told["format"] != FORMAT:
        raise ValueError(f"format {told['format']!r} is not known here")
    if not SHA.fullmatch(told["sha256"]) or not PROMPT.fullmatch(told["prompt"]):
        raise ValueError("no weights or no prompt are named")
    return Card(
        judge=_line(told["judge"]),
        sha256=told["sha256"],
        demonstration=bool(told["demonstration"]),
        prompt=told["prompt"],
        made=_line(told["made"]),
        engine=_line(told["engine"]),
        labels=_line(told["labels"]),
        found=_calibration(told["found"]),
    )


def _calibration(found: Any) -> Calibration:
    return Calibration(
        answers=_count(found["answers"]),
        scenarios=_count(found["scenarios"]),
        raters=_count(found["raters"]),
        ratings=_count(found["ratings"]),
        unscored=_count(found["unscored"]),
        with_raters=_block(found["with_raters"]),
        consensus=_maybe(found["consensus"]),
        among_raters=_maybe(found["among_raters"]),
        retest=_maybe(found["retest"]),
        confusion=_matrices(found["confusion"]),
        confusion_among=_matrices(found["confusion_among"]) if "confusion_among" in found else None,
    )


def _maybe(told: Any) -> Block | None:
    return None if told is None else _block(told)


def _line(value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable() or len(value) > 200:
        raise ValueError(f"{value!r:.60} is no line of text")
    return value


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{value!r:.40} is no count")
    return value


def _matrices(told: Any) -> Mapping[Dimension, Matrix]:
    return {d: _matrix(told[d.value]) for d in Dimension}


def _matrix(rows: Any) -> Matrix:
    matrix = tuple(tuple(_count(count) for count in row) for row in rows)
    if len(matrix) != len(LEVELS) or any(len(row) != len(LEVELS) for row in matrix):
        raise ValueError("a confusion has five rows of five")
    return matrix


def _block(told: Any) -> Block:
    return {part: _agreement(told[part]) for part in PARTS}


def _agreement(told: Any) -> Agreement:
    return Agreement(
        n=_count(told["n"]),
        same=_number(told["same"]),
        bias=_number(told["bias"]),
        gap=_number(told["gap"]),
        kappa=_measured(told["kappa"]),
        alpha=_measured(told["alpha"]),
        pearson=_measured(told["pearson"]),
        spearman=_measured(told["spearman"]),
    )


def _measured(told: Any) -> Measured:
    return Measured(_number(told["value"]), _number(told["low"]), _number(told["high"]))


def _number(value: Any) -> float | None:
    if value is not None and (
        not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > 1e6
    ):
        raise ValueError(f"{value!r:.40} is no number")
    return value
