"""Words as they are meant: leetspeak, masked and spaced letters, stretched sounds, slips of the key words.

Only words that the rules know are ever restored; any other word is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final


def bag(words: str) -> frozenset[str]:
    """The words of a line."""
    return frozenset(words.split())


_LEET: Final = str.maketrans("013457@$!+", "oieastasit")
_MASK: Final = re.compile(r"[*#@$!+_-]")
_SPACED: Final = re.compile(r"(?<![^\W_])[a-z](?:[ .*_-]{1,3}[a-z]){2,24}(?![^\W_])")
_APART: Final = re.compile(r"\b(my|him|her|your) self\b")
_STRETCH: Final = re.compile(r"(.)\1{2,}")
_TAILS: Final = {
    "n't": "not", "'m": "am", "'re": "are", "'ve": "have", "'ll": "will", "'d": "would", "'s": "",
}  # fmt: skip
_IS: Final = bag("he she it that there what who here everything everyone nobody where how")
_FUZZY_FROM: Final = 5
"""Letters a key word needs before slips in it are forgiven: shorter ones have too many honest neighbours."""
_LONG: Final = 8


class Spelling:
    """Knows the key words, and what people write for them."""

    def __init__(
        self, known: Iterable[str], keys: Iterable[str], written: Mapping[str, str], others: Iterable[str]
    ) -> None:
        """`known`: every word of the rules; `keys`: those worth restoring; `written`: other ways to write
        something, as phrases; `others`: honest words that look like a key."""
        self._known = frozenset(known)
        self._keys = frozenset(keys)
        self._written = {word: tuple(phrase.split()) for word, phrase in written.items()}
        self._others = frozenset(others) | self._known
        self._joined = {key.replace(" ", "") for key in (*self._keys, *written)}
        self._near: dict[str, set[str]] = {}
        for key in self._keys:
            if len(key) >= _FUZZY_FROM:
                for less in {key, *_without_one(key)}:
                    self._near.setdefault(less, set()).add(key)

    def joined(self, text: str) -> str:
        """`k i l l` as one word, where that makes a word of ours."""
        return _SPACED.sub(self._join, _APART.sub(r"\1self", text))

    def _join(self, found: re.Match[str]) -> str:
        together = re.sub(r"[^a-z]", "", found[0])
        return together if together in self._joined else found[0]

    def words(self, piece: str) -> tuple[str, ...]:
        """One written word as the words it stands for."""
        if piece in self._written:
            return self._written[piece]
        if piece in self._known and "'" not in piece:
            return (piece,)
        if "'" in piece:
            return self._contraction(piece)
        if piece.isalpha() and piece.isascii():
            return self._slip(piece)
        if any(c.isalpha() for c in piece):
            return self._masked(piece)
        return (piece,)

    def _contraction(self, piece: str) -> tuple[str, ...]:
        for tail, word in _TAILS.items():
            if piece.endswith(tail) and len(piece) > len(tail):
                head = piece[: -len(tail)]
                if tail == "n't":
                    head = {"ca": "can", "wo": "will", "sha": "will"}.get(head, head)
                if tail == "'s":
                    word = "is" if head in _IS else "us" if head == "let" else ""
                return (*self.words(head), *((word,) if word else ()))
        return tuple(w for part in piece.split("'") if part for w in self.words(part))

    def _slip(self, piece: str) -> tuple[str, ...]:
        if len(piece) > 24:
            return (piece,)
        short = piece
        if _STRETCH.search(piece):
            twice, once = _STRETCH.sub(r"\1\1", piece), _STRETCH.sub(r"\1", piece)
            for form in (once, twice):
                if form in self._written:
                    return self._written[form]
                if form in self._known:
                    return (form,)
            short = once
        if short not in self._others and (key := self._nearest(short)):
            return (key,)
        return (short,)

    def _nearest(self, word: str) -> str | None:
        if len(word) < _FUZZY_FROM - 1:
            return None
        for less in (word, *_without_one(word)):
            for key in sorted(self._near.get(less, ())):
                if key[0] == word[0] and (len(key) >= _LONG or _one_slip(word, key)):
                    return key
        return None

    def _masked(self, piece: str) -> tuple[str, ...]:
        plain = piece.translate(_LEET)
        bare = _MASK.sub("", plain)
        for form in (plain, bare):
            if form in self._written:
                return self._written[form]
            if form in self._keys or (form in self._known and len(form) > 2):
                return (form,)
        if _MASK.search(piece) and piece.isascii() and len(piece) <= 24:
            pattern = re.compile("".join("[a-z]?" if _MASK.match(c) else re.escape(c) for c in piece))
            fits = sorted(key for key in self._keys if key[0] == piece[0] and pattern.fullmatch(key))
            if fits:
                return (fits[0],)
        if "-" in piece or "_" in piece or "+" in piece:
            return tuple(w for part in re.split(r"[-_+]+", piece) if part for w in self.words(part))
        if bare.isalpha() and bare.isascii() and bare != piece:
            restored = self._slip(bare)
            if restored[0] in self._keys:
                return restored
        return (piece,)


def _without_one(word: str) -> list[str]:
    return [word[:i] + word[i + 1 :] for i in range(len(word))]


def _one_slip(a: str, b: str) -> bool:
    """Whether one letter more, less, other or swapped with its neighbour makes `b` of `a`."""
    if a == b:
        return True
    if abs(len(a) - len(b)) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    if len(a) == len(b):
        return a[start + 1 :] == b[start + 1 :] or (
            a[start : start + 2] == b[start : start + 2][::-1] and a[start + 2 :] == b[start + 2 :]
        )
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    return longer[start + 1 :] == shorter[start:]
