"""`penguin-local cases`: passphrase and recovery key; looking for damage, and repairing it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penguin_local.cli.cases_access import (
    PassphraseFile,
    Recovery,
    case_file,
    new_passphrase,
    opened,
    with_secret,
)
from penguin_local.cli.console import say
from penguin_local.errors import StoreDamaged


def register(cases: typer.Typer) -> None:
    """Add the commands to the group."""
    cases.command("change-passphrase")(change_passphrase)
    cases.command("recovery-key")(recovery_key)
    cases.command()(verify)
    cases.command()(repair)


def change_passphrase(
    passphrase_file: PassphraseFile = None,
    new_passphrase_file: Annotated[
        Path | None,
        typer.Option("--new-passphrase-file", help="The same for the new passphrase; with - the line after."),
    ] = None,
    recovery: Recovery = False,
) -> None:
    """Change the passphrase; with --recovery when it is forgotten. The old one opens nothing any more."""
    if case_file() is None:
        return
    with opened(passphrase_file, recovery=recovery) as vault:
        vault.set_passphrase(new_passphrase(new_passphrase_file))
    say("the passphrase is changed. A backup of the old key file still opens with the old passphrase")


def recovery_key(passphrase_file: PassphraseFile = None) -> None:
    """Make another recovery key and print it once; the one before opens nothing any more."""
    from penguin_local.store.vault import Vault

    path = case_file()
    if path is None:
        return

    def renewed(passphrase: str) -> str:
        with Vault.open(path, passphrase=passphrase) as vault:
            return vault.new_recovery_key(passphrase)

    typer.echo(with_secret(renewed, passphrase_file))
    say("write it down and keep it where nobody else looks: with it, anybody can read the conversations")


def verify(passphrase_file: PassphraseFile = None) -> None:
    """Open and read all of every conversation, and name what is damaged. Ends with 5 when something is."""
    from penguin_local.agent.record import decoded

    if case_file() is None:
        return
    with opened(passphrase_file) as vault:
        found = vault.verify(decoded)
    for problem in found.problems:
        typer.echo(str(problem))
    if not found.whole:
        raise StoreDamaged(
            f"{_counted(len(found.problems), 'thing', 'things')} in the case file cannot be read as written",
            hint="penguin-local cases repair keeps everything else, on a copy; or put back a copy of yours",
        )
    opened_of = (
        f"{_counted(found.cases, 'case', 'cases')}, {_counted(found.entries, 'entry', 'entries')} opened"
    )
    say(f"the case file is whole: {opened_of}")


def repair(passphrase_file: PassphraseFile = None, recovery: Recovery = False) -> None:
    """Make a new case file of all that can be read, say what is lost, and keep the damaged one beside it."""
    from penguin_local.agent.record import decoded
    from penguin_local.store.vault_repair import Repaired
    from penguin_local.store.vault_repair import repair as repaired

    path = case_file()
    if path is None:
        return

    def work(text: str) -> Repaired:
        if recovery:
            return repaired(path, decoded, recovery_key=text)
        return repaired(path, decoded, passphrase=text)

    done = with_secret(work, passphrase_file, recovery=recovery)
    if done.aside is None:
        say("the case file is whole: there was nothing to repair")
        return
    for problem in done.lost:
        typer.echo(f"lost: {problem}")
    if done.missing:
        typer.echo(
            f"lost: the last {_counted(done.missing, 'entry', 'entries')} written, of which nothing is left"
        )
    say(f"kept: {_counted(done.cases, 'case', 'cases')}, {_counted(done.kept, 'entry', 'entries')}")
    say(f"the damaged file is kept as {done.aside}; remove it when you need it no longer")


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
