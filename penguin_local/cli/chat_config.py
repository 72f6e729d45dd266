"""`chat.toml` in the settings folder: what a person chose once, for every conversation. Options come before it."""

from __future__ import annotations

import contextlib
import math
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from penguin_local import paths
from penguin_local.agent.helplines import INTERNATIONAL, Helplines
from penguin_local.agent.strict_table import StrictTable
from penguin_local.corpus.network import read_toml
from penguin_local.errors import BadInput, UsageError

FILE: Final = "chat.toml"
THEMES: Final = ("dark", "light", "contrast")
LOCK_MINUTES: Final = 10.0
NO_LOCK: Final = "goes with the screen: line mode does not lock itself, for what it printed stays there"
QUIT_FIRST: Final = "end the conversation with /quit before you leave the machine"
_LONGEST_LOCK: Final = 24 * 60.0
_LOCALE: Final = re.compile(r"[a-z]{2,3}_([A-Z]{2})([.@].*)?")
_HINT: Final = "`penguin-local chat --help` names what can be set; correct the file, or take it away"
_KEYS: Final = frozenset(
    {
        "model",
        "judge",
        "paths",
        "country",
        "theme",
        "lock_minutes",
        "threshold",
        "budget",
        "max_tokens",
        "keys",
    }
)


@dataclass(frozen=True, slots=True)
class ChatConfig:
    """What the file says; None where it says nothing."""

    model: str | None = None
    judge: str | None = None
    paths: str | None = None
    country: str | None = None
    theme: str = THEMES[0]
    lock_minutes: float | None = None
    """0 never locks by itself."""
    threshold: float | None = None
    budget: int | None = None
    max_tokens: int | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    """Command to key, or to several with commas."""


def config_file() -> Path:
    """Where it lies, or would lie."""
    return paths.user_config() / FILE


def read_config(file: Path | None = None) -> ChatConfig:
    """Nothing where there is no file. Raises BadInput naming file and key."""
    path = file or config_file()
    if not path.is_file():
        return ChatConfig()
    document = read_toml(path, hint=_HINT)
    table = StrictTable.of(path, "", document, keys=_KEYS, hint=_HINT)
    theme = table.text("theme", otherwise=THEMES[0])
    if theme not in THEMES:
        raise table.wrong(f"theme must be one of: {', '.join(THEMES)}")
    keys = StrictTable.of(
        path, "[keys]", table.entry.get("keys", {}), keys=table.entry.get("keys", {}), hint=_HINT
    )
    return ChatConfig(
        model=table.text("model") if table.has("model") else None,
        judge=table.text("judge") if table.has("judge") else None,
        paths=table.text("paths") if table.has("paths") else None,
        country=table.text("country") if table.has("country") else None,
        theme=theme,
        lock_minutes=_number(table, "lock_minutes", 0, _LONGEST_LOCK),
        threshold=_number(table, "threshold", 0, 5),
        budget=table.whole("budget", 0, 10) if table.has("budget") else None,
        max_tokens=table.whole("max_tokens", 1, 1 << 20) if table.has("max_tokens") else None,
        keys={name: keys.text(name) for name in keys.entry},
    )


def _number(table: StrictTable, key: str, lowest: float, highest: float) -> float | None:
    if not table.has(key):
        return None
    found = table.entry[key]
    if isinstance(found, bool) or not isinstance(found, int | float) or not lowest <= found <= highest:
        raise table.wrong(f"{key} must be a number from {lowest:g} to {highest:g}")
    return float(found)


def country_of(chosen: str | None, config: ChatConfig, helplines: Helplines) -> str:
    """Whose helplines come first: what was chosen, else this machine's country, else the international entry.

    Raises UsageError for a country that has no helplines, with the nearest names.
    """
    if chosen is not None:
        return helplines.of(chosen).code
    if config.country is not None:
        try:
            return helplines.of(config.country).code
        except UsageError as error:
            raise BadInput(f"{FILE}: country: {error.message}", hint=error.hint) from error
    here = _country_here()
    return here if here in {country.code for country in helplines.countries} else INTERNATIONAL


def _country_here() -> str:
    """The ISO code of the country this machine is set to; empty where it does not say.

    Never from `locale.getlocale`: it answers en_US for C and for locales that are not installed, and on Windows
    countries in words (`German_Austria`). Another country's emergency number is worse than none.
    """
    if sys.platform == "win32":
        import ctypes

        code = ctypes.create_unicode_buffer(16)
        with contextlib.suppress(AttributeError):  # before Windows 10 of 2017
            ctypes.windll.kernel32.GetUserDefaultGeoName(code, len(code))
        return code.value
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    found = _LOCALE.fullmatch(next(filter(None, names), ""))
    return found[1] if found else ""


def check_lock(minutes: float | None) -> None:
    """Raises UsageError for what is no time."""
    if minutes is not None and not (math.isfinite(minutes) and 0 <= minutes <= _LONGEST_LOCK):
        raise UsageError(
            f"--lock-after cannot be {minutes}",
            hint=f"minutes from 0 (never by itself) to {_LONGEST_LOCK:g}; the default is {LOCK_MINUTES:g}",
        )
