"""`judge cards`: what this machine knows about judges."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penguin_local.cli.console import View, Viewed, agreed, print_table, say
from penguin_local.cli.judge_views import Html, show_card, write_card
from penguin_local.cli.results import check_target
from penguin_local.errors import UsageError

cards = typer.Typer(no_args_is_help=True, help="Calibration cards: list, show, export, import, delete.")
Name = Annotated[str, typer.Argument(metavar="CARD", help="A card's id, or its judge's name.")]


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    group.add_typer(cards, name="cards")


@cards.command("list")
def list_cards(view: Viewed = View.TABLE) -> None:
    """Name the judges that were compared with people."""
    from penguin_local.safety.calibration import OVERALL
    from penguin_local.safety.calibration_card import shown
    from penguin_local.safety.cards import all_cards

    columns = ["card", "judge", "weights", "prompt", "made", "raters", "answers", "weighted kappa", "theirs"]
    rows: list[list[str | int | float]] = []
    for card in all_cards():
        found = card.found
        ceiling = shown(found.among_raters[OVERALL].kappa) if found.among_raters else "-"
        kappa = shown(found.with_raters[OVERALL].kappa)
        about = [card.id, card.judge, card.sha256[:12], card.prompt, card.made]
        rows.append([*about, found.raters, found.answers, kappa, ceiling])
    print_table("Calibration cards", columns, rows, view.value)


@cards.command()
def show(name: Name, view: Viewed = View.TABLE, html: Html = None) -> None:
    """Show a whole card."""
    from penguin_local.safety.cards import get_card

    if html is not None:
        check_target(html, "--html")
    card = get_card(name)
    if html is not None:  # first: who reads the tables may stop reading, and that ends the command
        write_card(card, html)
    show_card(card, view)


@cards.command()
def export(
    name: Name, output: Annotated[Path, typer.Option("--output", "-o", help="The file to write, as JSON.")]
) -> None:
    """Write a card to a file, for another machine. It says how many rated, not who."""
    from penguin_local.safety.calibration_card import encode_card
    from penguin_local.safety.cards import get_card
    from penguin_local.store.tables import write_file

    check_target(output, "--output")
    card = get_card(name)
    write_file(output, encode_card(card))
    say(f"card {card.id} of {card.judge} in {output}")


@cards.command("import")
def import_card(
    file: Annotated[Path, typer.Argument(readable=False, help="A card that was exported elsewhere.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of another card of this judge.")
    ] = False,
) -> None:
    """Take a card from a file; one that was changed since it was made is refused."""
    from penguin_local.safety.calibration_card import encode_card, read_card
    from penguin_local.safety.cards import find_card, place_of
    from penguin_local.store.tables import write_file

    card = read_card(file)
    here = find_card(card.sha256, card.prompt)
    if here is not None and here.id != card.id and not replace:
        raise UsageError(
            f"{card.judge} has the card {here.id} here already, and {file} is {card.id}",
            hint="add --replace to put it in its place",
        )
    write_file(place_of(card), encode_card(card))
    say(f"{card.judge}: {card.words}")


@cards.command()
def delete(name: Name, yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False) -> None:
    """Remove a card: its judge is uncalibrated again."""
    from penguin_local.safety.cards import get_card, place_of

    card = get_card(name)
    if yes or agreed(card.id, f"card {card.id} of {card.judge}"):
        place_of(card).unlink()
        say(f"removed card {card.id}")
