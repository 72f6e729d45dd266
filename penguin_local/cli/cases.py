"""`penguin-local cases`: conversations that are kept, sealed: list, read, export, delete."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penguin_local.cli import cases_keys
from penguin_local.cli.cases_access import (
    Case,
    PassphraseFile,
    Yes,
    case_file,
    confirmed,
    find,
    line_of,
    opened,
)
from penguin_local.cli.console import Cell, View, Viewed, print_table, say
from penguin_local.cli.options import Force
from penguin_local.cli.results import check_new
from penguin_local.core.text import safe_text
from penguin_local.errors import UsageError

if TYPE_CHECKING:
    from penguin_local.agent.packet import Redaction
    from penguin_local.store.casebook import CaseInfo

cases = typer.Typer(
    no_args_is_help=True,
    help="Conversations: list, show, export, delete, passphrase, recovery key, verify, repair.",
)
_MOST_DAYS = 36_500


class PacketFormat(StrEnum):
    """How a packet is written."""

    MD = "md"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the command group to the program."""
    cases_keys.register(cases)
    app.add_typer(cases, name="cases")


@cases.command("list")
def list_cases(passphrase_file: PassphraseFile = None, view: Viewed = View.TABLE) -> None:
    """Name the conversations there are, the last changed first."""
    found: list[CaseInfo] = []
    if case_file() is not None:
        with opened(passphrase_file) as vault:
            found = vault.cases()
    elif view is not View.JSON:
        return
    columns = ["case", "title", "for", "last_entry_utc", "entries", "keep_days", "begun_utc"]
    rows = [_listed(info) for info in found]
    if view is not View.JSON:  # a terminal is 80 columns wide: without the beginning, an id fits in one line
        columns = ["case", "title", "for", "last entry (UTC)", "entries", "keep days"]
        rows = [row[: len(columns)] for row in rows]
    print_table("Cases", columns, rows, view.value)


def _listed(info: CaseInfo) -> list[Cell]:
    about, days = info.about, info.about.keep_days
    last, begun = (f"{at:%Y-%m-%d %H:%M}" for at in (info.changed, info.created))
    return [info.id, about.title, about.mode, last, info.entries, "always" if days is None else days, begun]


@cases.command()
def show(case: Case, passphrase_file: PassphraseFile = None) -> None:
    """Print a conversation: everything that was said, asked, learned and answered."""
    from penguin_local.agent.packet import packet_rows
    from penguin_local.cli.cases_packet import conversation, numbered_lines

    with opened(passphrase_file) as vault:
        info = find(vault, case)
        rows, lost = packet_rows(numbered_lines(vault, info.id)), vault.lost(info.id)
    typer.echo(safe_text(f"{info.about.title}\ncase {info.id}, for: {info.about.mode}\n"))
    for line in conversation(rows, lost):
        typer.echo(safe_text(line))


@cases.command()
def export(
    case: Case,
    output: Annotated[Path, typer.Option("--output", "-o", help="Write to this file.")],
    kind: Annotated[
        PacketFormat | None, typer.Option("--format", help="md or json (default: as --output, or md).")
    ] = None,
    redact: Annotated[
        list[str] | None,
        typer.Option(
            "--redact", help="Leave out, separated by commas: title, words, values, answers, times; or all."
        ),
    ] = None,
    force: Force = False,
    passphrase_file: PassphraseFile = None,
    yes: Yes = False,
) -> None:
    """Write a packet for supervision: what was asked, used and declined, why it stopped, scores, fingerprints, consent.

    The file is not sealed: whoever has it can read it. Attributes, levels and times stay unless they are left out.
    """
    from penguin_local.cli.cases_packet import as_json, as_markdown, packet_of, write_private
    from penguin_local.store.vault import whole_seconds

    check_new(output, "--output", force=force)
    hidden = parse_redactions(redact)
    chosen = kind or (PacketFormat.JSON if output.suffix.lower() == ".json" else PacketFormat.MD)
    with opened(passphrase_file) as vault:
        info = find(vault, case)
        question = f"{output} will not be sealed: whoever has it can read this conversation. Write it?"
        if not yes and not confirmed(question, otherwise="nothing was written"):
            say("nothing was written")
            return
        packet = packet_of(vault, info, hidden, exported=whole_seconds())
        write_private(output, (as_json if chosen is PacketFormat.JSON else as_markdown)(packet), force=force)
    left = ", ".join(packet.left_out) or "nothing"
    say(f"{output}: {len(packet.rows)} entries, not sealed, readable for you alone; left out: {left}")


@cases.command()
def delete(
    names: Annotated[list[str], typer.Argument(metavar="CASE...", help="Ids of cases.")],
    passphrase_file: PassphraseFile = None,
    yes: Yes = False,
) -> None:
    """Delete conversations for good: their keys are overwritten, and nobody can read them again."""
    with opened(passphrase_file) as vault:
        for info in [find(vault, name) for name in names]:
            what = f"delete {info.about.title!r}, case {info.id} with {info.entries} entries, for good?"
            if yes or confirmed(what, otherwise=f"{info.id} was not deleted"):
                vault.delete(info.id)
                say(
                    f"deleted {info.id}. Packets that were exported, and backups of the key file, are not reached"
                )


@cases.command()
def rename(
    case: Case,
    title_file: Annotated[
        Path | None,
        typer.Option(
            "--title-file", help="Read the title from this file, or from stdin with - (default: it is asked)."
        ),
    ] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Give a conversation another title. It is asked, so that it is not in the shell's history."""
    from penguin_local.store.casebook import CaseAbout

    with opened(passphrase_file) as vault:
        info = find(vault, case)
        if title_file is None and not sys.stdin.isatty():
            raise UsageError(
                "nobody is there to ask for the title", hint="give it with --title-file FILE, or -"
            )
        title = line_of(title_file, "title") if title_file else typer.prompt("new title", err=True)
        if not title.strip():
            raise UsageError("the title is empty", hint="give it a word or two")
        vault.describe(info.id, CaseAbout(title.strip(), info.about.mode, info.about.keep_days))
        say(f"case {info.id} has another title now")


@cases.command()
def keep(
    case: Case,
    days: Annotated[
        int | None, typer.Option(min=1, max=_MOST_DAYS, help="Delete it this many days after its last entry.")
    ] = None,
    always: Annotated[bool, typer.Option("--always", help="Never delete it by itself.")] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Say how long a conversation is kept: always, or so many days after its last entry."""
    from penguin_local.store.casebook import CaseAbout

    if (days is None) == (not always):
        raise UsageError("say either --days N or --always", hint="penguin-local cases keep CASE --days 90")
    with opened(passphrase_file) as vault:
        info = find(vault, case)
        vault.describe(info.id, CaseAbout(info.about.title, info.about.mode, days))
    told = f"is deleted {days} days after its last entry" if days else "is kept until you delete it"
    say(f"case {info.id} {told}")


def parse_redactions(texts: list[str] | None) -> frozenset[Redaction]:
    """Of lists with commas. Raises UsageError."""
    from penguin_local.agent.packet import Redaction

    names = [part.strip().lower() for text in texts or () for part in text.split(",") if part.strip()]
    if "all" in names:
        return frozenset(Redaction)
    unknown = [name for name in names if name not in set(Redaction)]
    if unknown:
        raise UsageError(f"{unknown[0]!r} cannot be left out", hint=f"one of: {', '.join(Redaction)}, all")
    return frozenset(map(Redaction, names))
