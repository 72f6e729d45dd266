"""Opening the case file: the passphrase is asked without echo, or read from a file; it is never an argument."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from penguin_local.cli.console import complain, say
from penguin_local.core.text import safe_text
from penguin_local.errors import BadInput, NoRoom, UsageError, WrongPassphrase

if TYPE_CHECKING:
    from penguin_local.store.casebook import CaseInfo
    from penguin_local.store.vault import Vault

PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        help="Read the passphrase from this file's first line, or from stdin with - (default: it is asked).",
    ),
]
Recovery = Annotated[
    bool, typer.Option("--recovery", help="Open with the recovery key, in place of the passphrase.")
]
Case = Annotated[str, typer.Argument(metavar="CASE", help="A case's id, or the beginning of it.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

NOTHING_YET: Final = "there is no case file yet: `penguin-local chat` begins one, and asks you before"
DAYS_OVER: Final = "case {case} was deleted: the days it was to be kept are over"
_TRIES: Final = 3
_LONGEST_LINE: Final = 1 << 16
_STDIN: Final = Path("-")
_Got = TypeVar("_Got")


def case_file() -> Path | None:
    """Where it is; None, after a kind word, when there is none yet."""
    from penguin_local import paths
    from penguin_local.store.vault_access import exists

    if exists(paths.cases_store()):
        return paths.cases_store()
    say(NOTHING_YET)
    return None


@contextmanager
def opened(source: Path | None, *, recovery: bool = False) -> Iterator[Vault]:
    """The case file, open; cases whose days are over are deleted first, and named."""
    from penguin_local import paths
    from penguin_local.store.vault import Vault, whole_seconds
    from penguin_local.store.vault_access import exists, load_keys

    path = paths.cases_store()
    if not exists(path):
        raise UsageError(
            "there is no case file yet", hint="`penguin-local chat` begins one, and asks you before"
        )
    load_keys(path)  # what is wrong with the key file is better told before anything is asked

    def unlock(secret: str) -> Vault:
        if recovery:
            return Vault.open(path, recovery_key=secret)
        return Vault.open(path, passphrase=secret)

    with with_secret(unlock, source, recovery=recovery) as vault:
        for case in vault.expire(whole_seconds()):
            say(DAYS_OVER.format(case=case))
        yield vault


def with_secret(unlock: Callable[[str], _Got], source: Path | None, *, recovery: bool = False) -> _Got:
    """What `unlock` makes of the passphrase; on a terminal a wrong one may be given again, twice."""
    what = "recovery key" if recovery else "passphrase"
    for left in range(_TRIES - 1, -1, -1):
        try:
            return unlock(secret(source, what))
        except (WrongPassphrase, UsageError) as wrong:
            if source is not None or not left or not sys.stdin.isatty():
                raise
            complain(wrong.message, wrong.hint)
    raise AssertionError


def secret(source: Path | None, what: str, *, option: str = "--passphrase-file") -> str:
    """Asked on the terminal without echo, or the next line of `source`."""
    if source is None:
        if not sys.stdin.isatty():
            raise UsageError(
                f"nobody is there to ask for the {what}", hint=f"give it with {option} FILE, or -"
            )
        return str(typer.prompt(what, hide_input=True, err=True, default="", show_default=False))
    return line_of(source, what)


def new_passphrase(source: Path | None) -> str:
    """A new passphrase: asked twice, with a word on its strength."""
    from penguin_local.store.vault_phrases import normalised, strength

    chosen = secret(source, "new passphrase", option="--new-passphrase-file")
    normalised(chosen)
    say(f"this passphrase is {strength(chosen).words}")
    if source is None and secret(None, "the new passphrase again") != chosen:
        raise UsageError("the two are not the same", hint="nothing was changed: give the same command again")
    return chosen


def line_of(source: Path, what: str) -> str:
    """The first line of a file; of stdin (-) the next one. Raises BadInput, NoRoom; nothing of it is repeated."""
    try:
        if source == _STDIN:
            raw = sys.stdin.buffer.readline(_LONGEST_LINE)
        elif source.is_dir():
            raise UsageError(f"{source} is a folder", hint=f"name the file that holds the {what}")
        else:
            _warn_if_open(source)
            with source.open("rb") as handle:
                raw = handle.readline(_LONGEST_LINE)
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {source}", hint=f"name the file that holds the {what}") from error
    except OSError as error:
        raise NoRoom(f"{source} cannot be read: {error.strerror}", hint="see its permissions") from error
    try:
        return raw.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise BadInput(
            f"the {what} in {source} is not UTF-8", hint="write it with an editor, as UTF-8"
        ) from None


def find(vault: Vault, case: str) -> CaseInfo:
    """By its id or the beginning of it. Raises UsageError."""
    from penguin_local.store.casebook import no_such_case

    found = [info for info in vault.cases() if case and info.id.startswith(case.lower())]
    if len(found) > 1:
        ids = ", ".join(info.id for info in found)
        raise UsageError(f"{len(found)} cases begin with {case!r}", hint=f"write more of it: {ids}")
    if not found:
        raise no_such_case(case)
    return found[0]


def confirmed(question: str, *, otherwise: str) -> bool:
    """Whether the person says yes. Raises UsageError when nobody is there to ask."""
    if not sys.stdin.isatty():
        raise UsageError(f"{otherwise}: nobody is there to ask", hint="add --yes")
    return typer.confirm(safe_text(question), err=True)


def _warn_if_open(source: Path) -> None:
    if sys.platform != "win32" and source.stat().st_mode & 0o077:
        say(f"others on this machine may read {source}: chmod 600 it, or remove it when you are done")
