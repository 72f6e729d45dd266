"""`models pull`, `models import`, `models export`: weights over the network, or on a stick."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from penguin_local import paths
from penguin_local.cli.console import View, Viewed, print_table, say
from penguin_local.cli.models_moving import all_sources, chosen, copying, shelves, showing_transfers
from penguin_local.errors import BadInput, UsageError

if TYPE_CHECKING:
    from penguin_local.lm.airgap import Item
    from penguin_local.lm.arrivals import Arrival
    from penguin_local.lm.catalogue_file import Entry
    from penguin_local.lm.download import Pulled

TOKEN: Final = "HF_TOKEN"
_COLUMNS: Final = ("kind", "name", "what", "bytes", "sha256", "file")


def register_transfer(group: typer.Typer) -> None:
    """Add the commands that bring weights in and take them along."""
    group.command()(pull)
    group.command("import")(take_in)
    group.command()(export)


def pull(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Names from `models list`.")],
    token_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help=f"An access token, for models that want one (or {TOKEN} in the environment)."
        ),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Fetch it even where another file has its name.")
    ] = False,
    catalogue: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A catalogue of your own, in the format of models/catalogue.toml."),
    ] = None,
    view: Viewed = View.TABLE,
) -> None:
    """Fetch models over the network: the one command that uses it. It goes on where it was stopped.

    HF_ENDPOINT names a mirror, HTTPS_PROXY a proxy.
    """
    from penguin_local.lm.catalogue_file import load_catalogue

    known = load_catalogue(catalogue)
    entries = [known.get(name) for name in names]
    token = read_token(token_file)
    rows = []
    for entry in entries:
        pulled = _pull(entry, token, replace)
        what = "fetched" if pulled.fetched else "was here"
        rows.append(("models", entry.name, what, pulled.bytes, pulled.sha256, str(pulled.path)))
    print_table("pulled", _COLUMNS, rows, view)


def _pull(entry: Entry, token: str | None, replace: bool) -> Pulled:
    from penguin_local.lm.download import pull as fetch

    if not entry.bundled:
        said = f"{entry.name}: {entry.repo}, {entry.file}, licence {entry.licence}"
        say(f"{said}; {entry.terms}" if entry.terms else said)
    with showing_transfers("asking the hub") as progress:
        pulled = fetch(
            entry,
            folder=paths.pulled_models(),
            progress=progress,
            token=token,
            replace=replace,
        )
    if entry.sha256:
        say(f"{entry.name} is here, byte for byte what the catalogue names")
    else:
        say(
            f"{entry.name} is here; the catalogue has no sha256 for it. It is on record now "
            f"({pulled.sha256[:12]}…), and a changed file will be refused"
        )
    return pulled


def take_in(
    source: Annotated[
        Path,
        typer.Argument(metavar="FOLDER|FILE", help="A folder that `models export` made, or a .gguf file."),
    ],
    name: Annotated[str | None, typer.Option(help="What to call a single file.")] = None,
    link: Annotated[
        bool,
        typer.Option(
            "--link",
            help="Leave model files where they are and link to them. With another tool's folder: those in it "
            "that the catalogue knows, by their sha256.",
        ),
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of others of the same name.")
    ] = False,
    view: Viewed = View.TABLE,
) -> None:
    """Take in models, path indexes and scenario sets from a stick, or a model file from anywhere."""
    from penguin_local.lm import airgap
    from penguin_local.lm.arrivals import Intake
    from penguin_local.lm.catalogue_file import load_catalogue
    from penguin_local.lm.inventory import Inventory

    if source.name == airgap.MANIFEST:
        source = source.parent
    _check_source(source, name)
    with copying() as heard:
        intake = Intake(
            shelves(),
            inventory=Inventory(),
            catalogue=load_catalogue(),
            link=link,
            replace=replace,
            heard=heard,
        )
        if source.is_file():
            arrivals = [intake.file(source, name=name)]
        elif link and not airgap.is_kit(source):
            arrivals = intake.known_in(source)
        else:
            arrivals = intake.kit(source)
    _say_unknown(arrivals)
    print_table("imported", _COLUMNS, [_row(a.item, a.how.value, a.path) for a in arrivals], view)


def _check_source(source: Path, name: str | None) -> None:
    if not os.path.exists(source):
        link = f"the link {source} leads nowhere" if source.is_symlink() else f"there is no {source}"
        raise UsageError(link, hint="check the path: is the stick mounted?")
    if not (source.is_file() or source.is_dir()):  # reading a pipe would wait for ever
        raise UsageError(
            f"{source} is neither a file nor a folder",
            hint="name a .gguf file, or a folder that `penguin-local models export` made",
        )
    if source.is_dir() and name is not None:
        raise UsageError("--name is for a single file", hint="leave it out for a folder")
    others = {".parquet": "plan import` or `penguin-local scenarios import", ".csv": "scenarios import"}
    if source.is_file() and source.suffix.lower() in others:
        raise UsageError(
            f"{source.name} is not a model file", hint=f"`penguin-local {others[source.suffix.lower()]}`"
        )


def _say_unknown(arrivals: Sequence[Arrival]) -> None:
    for arrival in arrivals:
        if arrival.item.kind.value == "models" and not arrival.known:
            say(
                f"{arrival.item.name} is not in the catalogue: its sha256 is on record now, and a changed file "
                "will be refused"
            )


def export(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder, or a kit to add to.")],
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Models, path indexes, scenario sets (default: all)."),
    ] = None,
    view: Viewed = View.TABLE,
) -> None:
    """Copy models, path indexes and scenario sets into a folder for a machine without a network."""
    from penguin_local.lm import airgap
    from penguin_local.lm.inventory import Inventory

    expected = {known.path: known.sha256 for known in Inventory().known()}
    sources = chosen(all_sources(), names or [])
    with copying() as heard:
        packed = airgap.export(folder, sources, expected=expected, heard=heard)
    if any(p.item.kind is airgap.Kind.SCENARIOS for p in packed):
        say("note: scenario sets are copied as they are; whoever has the folder can read them")
    say(f"on the other machine: penguin-local models import {folder.name}")
    rows = [_row(p.item, "copied" if p.copied else "was there", folder / p.item.file) for p in packed]
    print_table("exported", _COLUMNS, rows, view)


def _row(item: Item, what: str, path: Path) -> tuple[str, str, str, int, str, str]:
    return (item.kind.value, item.name, what, item.bytes, item.sha256, str(path))


def read_token(file: Path | None) -> str | None:
    """What a person gave on purpose; what another program keeps in its own place is left alone."""
    if file is None:
        token = os.environ.get(TOKEN, "").strip()
        return _token(token, TOKEN) if token else None
    try:
        return _token(file.read_text(encoding="utf-8").strip(), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{file} cannot be read as a token: {error}", hint="a text file of one line"
        ) from error


def _token(text: str, where: str) -> str:
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise BadInput(f"{where} does not hold a token", hint="one line, as the hub's settings page shows it")
    return text
