"""How a message is read for the crisis rules: made plain, cut into sentences and clauses, into plain words.

Every step is a pass over the text with bounded look-ahead, so that a megabyte takes as long as its length says.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

from penguin_local.agent.crisis_spelling import Spelling, bag

STOP: Final = "|"
"""Stands between clauses in the words of a sentence."""
LONGEST: Final = 60
"""Words of a sentence before it is cut at the next word: nobody's clause is longer, a paste's line may be."""

_LOOKALIKES: Final = str.maketrans("асеорхуікѕјһԁԛԝαοερνικτυ", "aceopxyiksjhdqwaoepviktu")
_MIXED: Final = re.compile(r"[^\W\d_]*[a-z][^\W\d_]*")
_ENDS: Final = re.compile(r"[.!?…\n;。！？｡।؟۔]+")
_MARKS: Final = {
    0x2018: "'",
    0x2019: "'",
    0x02BC: "'",
    0x00B4: "'",
    0x0060: "'",
    0x0131: "i",
    0x0142: "l",
} | dict.fromkeys((8220, 8221, 8222, 171, 187, 12300, 12301), '"')
_UNSEEN: Final = (
    *(
        range(0x00, 0x20),
        range(0x7F, 0xA0),
        (0xAD,),
        range(0x300, 0x370),
        range(0x600, 0x606),
        (0x61C, 0x640, 0x670),
    ),
    *(range(0x64B, 0x660), (0x6DD, 0x70F, 0x93C, 0x180E), range(0x200B, 0x2010), range(0x202A, 0x202F)),
    *(
        range(0x2060, 0x2070),
        range(0xFE00, 0xFE10),
        (0xFEFF,),
        range(0xFFF9, 0xFFFC),
        range(0xE0000, 0xE0080),
    ),
)
"""Accents, vowel points, joiners, controls and marks of direction."""
_CJK: Final = "\u3040-\u30ff\u3400-\u9fff"
_WORD: Final = re.compile(
    rf"[{_CJK}]|[^\W_{_CJK}\u0900-\u0dff][^\W_{_CJK}]*(?:['*@$!#+_-]+[^\W_{_CJK}]+)*|[@$][^\W_]+|[\u0900-\u0dff]+"
    rf"|[,:()—–\[\]/]|(?<=\s)-(?=\s)|\x22|[.!?…\n;。！？｡।؟۔]+|、|，"
)
_SINGLES: Final = re.compile(r"(?<!\w)'((?:[^'\n]|'(?=\w)){1,240})'(?!\w)")
_CONNECTIVES: Final = bag(
    "but although though however because cause cos cuz coz since while until unless whereas except yet "
    "aber weil pero porque mais parce mas ma perche maar omdat ale bo но потому ama cunku لكن"
)
_SUBJECTS: Final = bag(
    "i he she they we you it my his her their there this that nobody someone everyone dont im ive"
)
_LINKS: Final = frozenset({"and", "then", "so", "or"})


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence in plain words."""

    words: tuple[str, ...]
    """Lower case, spelled out (`do not`), clauses parted by `STOP`."""
    quoted: tuple[bool, ...]
    """For each word, whether it stands between quotation marks."""
    asks: bool
    """It ends with a question mark."""


def plain(text: str) -> str:
    """Lower case, without what only changes the looks: compatibility forms, accents, unseen characters."""
    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    cleaned = unicodedata.normalize("NFC", decomposed.translate(_table()))
    return _MIXED.sub(_unmixed, cleaned)


def _unmixed(word: re.Match[str]) -> str:
    return word[0] if word[0].isascii() else word[0].translate(_LOOKALIKES)


@cache
def _table() -> dict[int, str | None]:
    table: dict[int, str | None] = dict(_MARKS)
    for codes in _UNSEEN:
        table.update(dict.fromkeys(codes))
    table[0x0A] = "\n"
    table[0x09] = table[0x0D] = " "
    return table


def sentences(text: str, spelling: Spelling) -> list[Sentence]:
    """Of a message as it was written."""
    found: list[Sentence] = []
    words: list[str] = []
    quoted: list[bool] = []
    inside = False

    def end(mark: str) -> None:
        while words and words[-1] == STOP:
            words.pop()
            quoted.pop()
        if words:
            found.append(Sentence(tuple(words), tuple(quoted), "?" in mark or "？" in mark or "؟" in mark))
            words.clear()
            quoted.clear()

    def put(word: str) -> None:
        if word != STOP or (words and words[-1] != STOP):
            words.append(word)
            quoted.append(inside)

    pieces = _WORD.findall(spelling.joined(_SINGLES.sub(r'"\1"', plain(text))))
    for place, piece in enumerate(pieces):
        if piece == '"':
            inside = not inside
            put(STOP)
        elif _ENDS.match(piece):
            if "\n" in piece:
                inside = False
            end(piece)
        elif len(piece) == 1 and piece in ",:()—–[]/-、，":
            put(STOP)
        else:
            following = pieces[place + 1] if place + 1 < len(pieces) else ""
            if piece in _CONNECTIVES or (piece in _LINKS and following.split("'")[0] in _SUBJECTS):
                put(STOP)
            for word in spelling.words(piece):
                put(word)
            if len(words) > LONGEST:
                end("")
    end("")
    return found
