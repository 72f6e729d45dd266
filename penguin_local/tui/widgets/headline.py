"""The first line of a conversation: what it is called, whom it is about, how it is kept, whether that is agreed to."""

from __future__ import annotations

from typing import Final

from textual.widgets import Static

from penguin_local.agent.record import Consented
from penguin_local.store.casebook import CaseAbout
from penguin_local.tui.safe import shown

OPEN: Final = "THE NETWORK IS OPEN"
"""Never left out, and red where there is colour."""


class Headline(Static):
    """Of one case."""

    def __init__(self, about: CaseAbout, *, traceless: bool, offline: bool, key: str) -> None:
        """`key` asks for consent."""
        super().__init__(id="headline", classes="" if offline else "-open", markup=False)
        self._about, self._traceless, self._offline, self._key = about, traceless, offline, key

    def show(self, consent: Consented | None) -> None:
        """As it stands now."""
        about, key = self._about, self._key
        self.update(
            shown(headline(about, consent, traceless=self._traceless, offline=self._offline, key=key))
        )


def headline(about: CaseAbout, consent: Consented | None, *, traceless: bool, offline: bool, key: str) -> str:
    """`key` asks for consent; only a case about somebody else needs to say so."""
    whom = ["about a client", f"consent: {_standing(consent)} ({key})"]
    if about.mode != "client":
        whom = ["for myself"]
    return "  ·  ".join(
        [about.title, *whom, "no trace" if traceless else "sealed", "offline" if offline else OPEN]
    )


def _standing(consent: Consented | None) -> str:
    if consent is None:
        return "open"
    return "given" if consent.agreed else "not given"
