"""`penguin-local models`: which weights there are, which fit this machine, and whether they are what they were."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penguin_local.cli.console import Cell, View, Viewed, agreed, print_table, say
from penguin_local.cli.models_transfer import register_transfer
from penguin_local.cli.options import Memory, Threads, check_memory, check_threads
from penguin_local.errors import UsageError, WeightsDamaged, WeightsMissing

models = typer.Typer(
    no_args_is_help=True,
    help="Model files: list, recommend, show, pull, import, verify, remove, export, add.",
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="A name from `models list`.")]


def register(app: typer.Typer) -> None:
    """Add the command group to the program."""
    app.add_typer(models, name="models")


@models.command("list")
def list_models(
    here: Annotated[bool, typer.Option("--here", help="Only those on this machine.")] = False,
    view: Viewed = View.TABLE,
) -> None:
    """Name the models there are: bundled, in the catalogue, and those of yours.

    Pinned means that repository, revision, size and sha256 are all known. Nothing is hashed for this list;
    `models verify` does that.
    """
    from penguin_local.cli.models_views import print_list

    print_list(view, here=here)


@models.command()
def show(name: Name, view: Viewed = View.TABLE) -> None:
    """Say all that is known of one model: where it is from, what it needs, and what lies here."""
    from penguin_local.cli.models_views import print_model

    print_model(name, view)


@models.command()
def recommend(
    memory: Memory = None,
    seconds: Annotated[
        float, typer.Option(min=0, max=60, help="How long to measure the speed; 0 for not at all.")
    ] = 10.0,
    any_licence: Annotated[
        bool, typer.Option("--any-licence", help="Also models whose licence has conditions.")
    ] = False,
    threads: Threads = None,
    view: Viewed = View.TABLE,
) -> None:
    """Say which model to answer and which to judge fit this machine, and about how fast they would be.

    The two are of different families, since a judge favours its own. --memory asks for another machine. The
    speed is measured on the bundled model and scaled; the assumption is printed with it.
    """
    from penguin_local.cli.models_recommend import print_advice

    check_memory(memory)
    check_threads(threads)
    print_advice(view, memory=memory, seconds=seconds, any_licence=any_licence, threads=threads)


@models.command()
def verify(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Models (default: all that lie here).")
    ] = None,
    view: Viewed = View.TABLE,
) -> None:
    """Read every byte of the models that lie here and compare their sha256 with what was accepted.

    Other commands read a large file again only when its size, its time or the place of a link has changed, so
    that they start at once. A byte that was changed with size and time put back is found by this command alone.
    """
    from penguin_local.cli.models_files import Verdict, chosen, verified

    files = chosen(names or [])
    if not files:
        say("no model lies here")
    checked = []
    for known in files:
        say(f"reading {known.name}")
        checked.append(verified(known))
    columns = ["name", "verdict", "sha256", "accepted as", "file"]
    rows: list[list[Cell]] = [
        [c.known.name, c.verdict.value, c.found, c.known.sha256, str(c.known.path)] for c in checked
    ]
    print_table("Models on this machine", columns, rows, view.value)
    changed = [c.known.name for c in checked if c.verdict is Verdict.CHANGED]
    if changed:
        raise WeightsDamaged(
            f"{', '.join(changed)}: not what was accepted",
            hint="fetch it again (`penguin-local models pull NAME --replace`), or, if you replaced it yourself: "
            "penguin-local models add FILE --replace",
        )
    gone = [c.known for c in checked if c.verdict is Verdict.GONE]
    if names and gone:
        raise WeightsMissing(
            f"{gone[0].name} is not at {gone[0].path} any more",
            hint=f"put it back, or forget it: penguin-local models remove {gone[0].name}",
        )


@models.command()
def add(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A .gguf file of yours; it stays where it is.")
    ],
    name: Annotated[
        str | None, typer.Option(help="What to call it (default: as the catalogue or the file does).")
    ] = None,
    sha256: Annotated[
        str | None, typer.Option(help="What its publisher says it should be: compared first.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="You have replaced the file, or want the name for this one.")
    ] = False,
    view: Viewed = View.TABLE,
) -> None:
    """Vouch for a file of yours: its sha256 is recorded, and from then on a changed file is refused."""
    from penguin_local.cli.models_files import vouch

    known = vouch(file, name=name, sha256=sha256, replace=replace)
    say(f"use it: penguin-local bench --model {known.name}")
    row: list[Cell] = [known.name, known.bytes, known.sha256, str(known.path)]
    print_table("added", ["name", "bytes", "sha256", "file"], [row], view.value)


@models.command()
def remove(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    view: Viewed = View.TABLE,
) -> None:
    """Delete a model that was pulled or imported; of one that lies elsewhere only the record goes."""
    from penguin_local.cli.models_files import chosen, drop, ours

    (known,) = chosen([name])
    if not known.since:
        raise UsageError(f"{name} comes with penguin-local", hint="it goes when penguin-local is uninstalled")
    delete = ours(known)
    linked = delete and known.path.is_symlink()
    what = (
        f"the link {known.path} (the file it leads to stays)"
        if linked
        else f"{known.path} from the disk"
        if delete
        else f"the record of {known.path} (the file stays)"
    )
    if not yes and not agreed(known.name, what):
        say("nothing was removed")
        return
    drop(known)
    done = "deleted" if delete and not linked else "forgotten, the file stays"
    removed = [known.name, done, str(known.path)]
    print_table("removed", ["name", "what", "file"], [removed], view.value)


register_transfer(models)
