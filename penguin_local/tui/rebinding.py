"""What `[keys]` of the config may say: keys that there are, that nothing else needs, and each for one thing."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from textual.binding import Binding, InvalidBinding
from textual.containers import VerticalScroll
from textual.dom import DOMNode
from textual.keys import REPLACED_KEYS, Keys, key_to_character
from textual.screen import Screen
from textual.widgets import Button, Input, OptionList, Select, TextArea

from penguin_local.errors import UsageError
from penguin_local.tui.keys import KEYS, Where, named


def _bound_in(*kinds: type[DOMNode]) -> frozenset[str]:
    found = [kind.__dict__.get("BINDINGS", ()) for node in kinds for kind in node.__mro__]
    return frozenset(binding.key for each in found for binding in Binding.make_bindings(each))


HOW: Final = "keys are written like f10, ctrl+n, alt+x or pageup; where nobody writes also like x or X"
_MODIFIERS: Final = frozenset({"alt", "ctrl", "hyper", "meta", "shift", "super"})
_NAMED: Final = frozenset(key.value for key in Keys if key.value.isalnum()) - {"return"}
"""Those without Ctrl and the like. No terminal's Enter is called `return`."""
_SENT_AS: Final = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+h": "backspace",
    "ctrl+left_square_bracket": "escape",
    "alt+b": "ctrl+left",
    "alt+f": "ctrl+right",
}
"""Two keys that most terminals send alike."""
_MOVING: Final = _bound_in(OptionList, Select, Button, VerticalScroll, Screen)
_WRITING: Final = (
    _bound_in(TextArea, Input)
    | {"shift+enter", "ctrl+j", "ctrl+shift+c", "ctrl+shift+v", "ctrl+insert", "shift+insert"}
) - {key.key for key in KEYS if key.where is Where.CHAT}
"""What a field, our box and the terminal's clipboard do by themselves, but for what was taken from them as it came."""


def check_keymap(keymap: Mapping[str, str]) -> None:
    """Raises UsageError for a name that no command has, and for a key that is none, is needed, or does two things."""
    ids = {key.id: key for key in KEYS}
    for id in keymap:
        if id not in ids:
            near = get_close_matches(id, ids, n=1)
            raise UsageError(
                f"[keys] names {id!r}, which is no command",
                hint=f"did you mean {near[0]}?" if near else f"one of: {', '.join(ids)}",
            )
    taken: dict[tuple[str, Where], str] = {}
    for key in KEYS:
        for one in _each(keymap.get(key.id, key.key)):
            if not _known(one):
                raise UsageError(f"[keys] {key.id}: there is no key called {one!r}", hint=_instead(one))
            # What a key came with is its own, whatever else moves by it: scrolling a conversation is moving.
            if one not in _each(key.key) and (use := _needed(one, key.where)):
                raise UsageError(
                    f"[keys] {key.id}: {one} is needed {use}", hint=f"give it another key; {HOW}"
                )
            for where in Where if key.where is Where.EVERYWHERE else (key.where,):
                other = taken.setdefault((one, where), key.id)
                if other != key.id:
                    raise UsageError(
                        f"[keys] gives {one} to both {other} and {key.id}",
                        hint="give one of them another key",
                    )


def _each(keys: str) -> list[str]:
    """As textual calls them: `/` is `slash`."""
    try:
        return [binding.key for binding in Binding.make_bindings([Binding(keys, "")])]
    except InvalidBinding:
        return [""]


def _known(key: str) -> bool:
    """Whether a key press can be called that."""
    *modifiers, last = key.split("+")
    if modifiers != sorted(_MODIFIERS & set(modifiers)):
        return False
    if last in _NAMED or not modifiers:
        return last in _NAMED or _writes(last)
    # Shift alone makes another character, whose own name comes then: `N`, not `shift+n`.
    return _each(last) == [last.lower()] and _writes(last) and modifiers != ["shift"]


def _writes(key: str) -> bool:
    """Whether it puts a character into a text."""
    character = key_to_character(REPLACED_KEYS.get(key, key))
    return character is not None and character.isprintable() and (len(key) == 1 or character.isascii())


def _needed(key: str, where: Where) -> str:
    """What for; empty when it is free."""
    sent = _SENT_AS.get(key, key)
    also = "" if sent == key else f" (most terminals send it for {named(sent)})"
    if sent in _MOVING:
        return f"to move, to choose and to copy{also}"
    if where.written_in and (_writes(sent) or sent in _WRITING):
        return f"for writing{also}"
    if sent == "escape" and where not in (Where.CHAT, Where.CASES):
        return f"to close what lies on top{also}"
    return ""


def _instead(key: str) -> str:
    """What was meant, where that can be told."""
    *modifiers, last = key.lower().replace("^", "ctrl+").split("+")
    near = get_close_matches(last, _NAMED, n=1)
    for wanted in (*_each(last), *near):
        likely = "+".join([*sorted(modifiers), wanted])
        if _known(likely):
            return f"did you mean {likely}?"
    return HOW
