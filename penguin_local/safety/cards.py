"""The cards of this machine, a file each, and what a table says of a judge: its card, or that it has none.

They lie beside the databases, not in one, so that a chat can name its judge's card while a benchmark writes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from penguin_local import paths
from penguin_local.errors import BadInput, NoRoom, UsageError
from penguin_local.safety import judging
from penguin_local.safety.calibration_card import PROMPT, SHA, Card, read_card

UNCALIBRATED: Final = "uncalibrated"
_WHY: Final = "this judge has not been compared with human raters (penguin-local judge rate, judge calibrate)"


def standing(judge_sha256: str, prompt: str = judging.PROMPT_VERSION, *, folder: Path | None = None) -> str:
    """What a table or report says about a judge: its card in a line, or that it is uncalibrated.

    Never raises: a card that cannot be read must not keep a finished result from being shown.
    """
    try:
        card = find_card(judge_sha256, prompt, folder=folder)
    except (BadInput, NoRoom) as error:
        return f"{UNCALIBRATED}: its card cannot be used ({error.message})"
    return f"{UNCALIBRATED}: {_WHY}" if card is None else card.words


def short_standing(
    judge_sha256: str, prompt: str = judging.PROMPT_VERSION, *, folder: Path | None = None
) -> str:
    """The same in a word or two, for a cell or beside a score: `card 3f2a9c10`, or `uncalibrated`."""
    return standing(judge_sha256, prompt, folder=folder).partition(":")[0]


def find_card(judge_sha256: str, prompt: str, *, folder: Path | None = None) -> Card | None:
    """The card of this judge under this prompt. Raises BadInput for one that is damaged."""
    if not SHA.fullmatch(judge_sha256) or not PROMPT.fullmatch(prompt):
        return None
    path = _file(judge_sha256, prompt, folder)
    return read_card(path) if path.is_file() else None


def all_cards(*, folder: Path | None = None) -> list[Card]:
    """Every card, by the judge's name. Raises BadInput for one that is damaged."""
    files = sorted((folder or paths.judge_cards()).glob("*.json"))
    return sorted((read_card(path) for path in files), key=lambda card: (card.judge, card.made, card.id))


def get_card(name: str, *, folder: Path | None = None) -> Card:
    """By id, or by the judge's name where only one card has it. Raises UsageError with the cards there are."""
    cards = all_cards(folder=folder)
    found = [card for card in cards if card.id == name] or [card for card in cards if card.judge == name]
    if len(found) == 1:
        return found[0]
    hint = f"cards: {', '.join(f'{card.id} ({card.judge})' for card in cards)}"
    if found:
        raise UsageError(f"{name!r} has {len(found)} cards", hint=hint)
    raise UsageError(
        f"there is no card {name!r}", hint=hint if cards else "make one: penguin-local judge calibrate LABELS"
    )


def place_of(card: Card, *, folder: Path | None = None) -> Path:
    """Where the card of this judge and prompt lies."""
    return _file(card.sha256, card.prompt, folder)


def _file(judge_sha256: str, prompt: str, folder: Path | None) -> Path:
    return (folder or paths.judge_cards()) / f"{judge_sha256[:32]}-{prompt}.json"
