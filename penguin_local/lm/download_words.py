"""What an answer of the hub means for the person who waits for a file, and what they can do."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from penguin_local.errors import ModelError
from penguin_local.lm.transfer import Gated, Interrupted, NotThere, Patience, Refused, TooMany

if TYPE_CHECKING:
    from penguin_local.lm.catalogue_file import Entry

BUSY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers that are worth another try."""
MIRROR_HINT: Final = (
    "a sign-in page of a Wi-Fi network or an incomplete mirror answers like this: open the address in a "
    "browser, or unset HF_ENDPOINT"
)
_ELSEWHERE: Final = (
    "publishers move and rewrite repositories. If you have the same file from elsewhere, "
    "`penguin-local models import FILE` takes it by its sha256"
)


class NotNow(Exception):
    """The server cannot answer at the moment, or what it answers breaks off."""

    def __init__(self, reason: str, *, status: int = 0, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.seconds = seconds
        """It asks to wait so long."""


def refusal(entry: Entry, host: str, *, status: int, code: str, shown: bool) -> ModelError | NotNow:
    """What an answer that is not the file means; `shown` says that a token was."""
    if status in (401, 403) and code != "RepoNotFound":
        return _gated(entry, host, sure=code == "GatedRepo", shown=shown)
    if code == "RevisionNotFound":
        return NotThere(f"{host} has no revision {entry.revision} of {entry.repo} any more", hint=_ELSEWHERE)
    if code == "EntryNotFound":
        return NotThere(f"{host} has no file {entry.file} in {entry.repo}", hint=_ELSEWHERE)
    if status in (401, 403, 404, 410):
        return NotThere(f"{host} has no repository {entry.repo} that everyone may see", hint=_ELSEWHERE)
    return Refused(f"{host} answered {status} for {entry.file}", hint=MIRROR_HINT)


def _gated(entry: Entry, host: str, *, sure: bool, shown: bool) -> Gated:
    page = f"https://{host}/{entry.repo}"
    if shown:
        return Gated(
            f"the token does not open {entry.repo}",
            hint=f"sign in at {page} with the account the token belongs to, and accept the terms there; "
            "the token needs read access to that repository",
        )
    return Gated(
        f"{entry.repo} is given only to people who are signed in and accepted its terms"
        + ("" if sure else ", or is not there"),
        hint=f"accept them at {page}, make a token with read access at https://{host}/settings/tokens, write it "
        f"into a file, and give that: {entry.command} --token-file FILE (or HF_TOKEN in "
        "the environment). A token that another program keeps is never used",
    )


def next_wait(
    entry: Entry, host: str, patience: Patience, *, failures: int, error: Exception, kept: int
) -> float:
    """How many seconds to wait; raises what the person is told instead when waiting makes no sense."""
    status, asked = (error.status, error.seconds) if isinstance(error, NotNow) else (0, None)
    hint = f"later: {entry.command}"
    if kept:
        hint += f" (the {kept:,} bytes that came are kept, and it goes on from there)"
    if asked is not None and asked > patience.longest_wait_seconds:
        raise TooMany(f"{host} asks to wait {asked:,.0f} s before the next try", hint=hint)
    if failures >= patience.tries:
        if status == 429:
            raise TooMany(f"{host} asked {failures} times to come back later", hint=hint)
        raise Interrupted(f"{host} brought nothing in {failures} tries: {reason(error)}", hint=hint)
    return patience.wait(failures) if asked is None else asked


def seconds_of(header: str | None) -> float | None:
    """Of a `Retry-After` in seconds; a date is left to our own patience."""
    try:
        seconds = float(header or "nan")
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def reason(error: Exception) -> str:
    """An error of the network in a few words."""
    return str(error) or type(error).__name__
