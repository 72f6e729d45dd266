"""The first line of a conversation: what it is called, whom it is about, how it is kept, whether that is agreed to."""

from __future__ import annotations

from typing import Final

from penguin_local.agent.record import Consented
from penguin_local.store.casebook import CaseAbout

OPEN: Final = "THE NETWORK IS OPEN"
"""Never left out, and red where there is colour."""


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
