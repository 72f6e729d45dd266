"""`judge probe`: what moves a judge that should not, and whether what should move it does."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from penguin_local.cli.console import View, Viewed, say, typed
from penguin_local.cli.judge_views import Html, show_probes, write_probes
from penguin_local.cli.judge_work import Member, at_work, cache_of, members
from penguin_local.cli.options import (
    SCENARIOS,
    Context,
    GpuLayers,
    MaxTokens,
    Memory,
    Model,
    Scenarios,
    Slots,
    Threads,
    check_memory,
    check_threads,
    parse_layers,
)
from penguin_local.errors import Cancelled, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penguin_local.bench.probe_card import ProbeCard
    from penguin_local.safety.answering import AnswerSettings
    from penguin_local.safety.probe_variants import Probed
    from penguin_local.store.database import Database
    from penguin_local.store.rows import FinishedItem

ProbedRun = Annotated[
    str | None,
    typer.Option("--run", help="Probe with answers of this run (default: fresh ones by --model)."),
]
OtherRun = Annotated[
    str | None,
    typer.Option("--other-run", help="For own-family preference: a run of another family's model."),
]
OtherJudge = Annotated[
    str | None, typer.Option("--other-judge", help="For the same: a judge of that other family.")
]
JudgeName = Annotated[
    str | None,
    typer.Option("--judge", help="A name, or a GGUF file (default: the run's judge, else bundled)."),
]


def register(group: typer.Typer) -> None:
    """Add the command to the group."""
    group.command()(probe)


def probe(
    judge: JudgeName = None,
    run: ProbedRun = None,
    other_run: OtherRun = None,
    other_judge: OtherJudge = None,
    model: Model = None,
    scenarios: Scenarios = SCENARIOS,
    kinds: Annotated[
        int | None, typer.Option(min=1, help="How many kinds of attack, drawn by the seed (default: all).")
    ] = None,
    answers: Annotated[int, typer.Option(min=2, help="How many answers to probe with.")] = 40,
    seed: Annotated[int, typer.Option(min=0, help="Draws answers, marks, batches and resamples.")] = 1,
    slots: Slots = None,
    memory: Memory = None,
    context: Context = None,
    threads: Threads = None,
    gpu_layers: GpuLayers = "auto",
    max_tokens: MaxTokens = 2048,
    view: Viewed = View.TABLE,
    html: Html = None,
) -> None:
    """Change answers in ways that should not move a judge, and in two that must; see what it does.

    Length, order of the rubric, 44 kinds of text that speak to the judge, in the reply and in the user's attributes;
    the profile of another person, the answer without its safety plan. Each beside the judge's own noise.

    About 100 verdicts an answer, fewer with --kinds. Stopped, the same command goes on. For own-family preference
    give --run by the judge's own family, and --other-run with --other-judge of another.
    """
    from penguin_local import paths
    from penguin_local.cli.loading import Wish
    from penguin_local.cli.results import check_target
    from penguin_local.safety.answering import AnswerSettings
    from penguin_local.safety.cards import standing
    from penguin_local.store.database import Database

    check_memory(memory)
    check_threads(threads)
    if html is not None:
        check_target(html, "--html")
    if (other_run is None) != (other_judge is None) or (other_run is not None and run is None):
        raise UsageError(
            "own-family preference needs answers and judges of two families",
            hint="give all of --run, --other-run and --other-judge",
        )
    wish = Wish(slots, context, memory, threads, parse_layers(gpu_layers))
    try:
        with Database(paths.bench_store()) as database:
            wanted = judge or _judge_of(database, run)
            chosen = members([name for name in (wanted, other_judge) if name] or None, wish)
            if run is not None:
                probed = _of_run(database, run, count=answers, seed=seed)
            else:
                writer = members([model] if model else None, wish)[0]
                settings = AnswerSettings(max_tokens=max_tokens)
                probed = _fresh(database, writer, scenarios, settings, count=answers, seed=seed)
            source = f"the run {run}" if run else f"{writer.file.name}, written for this"
            favour = _favour(database, chosen, (run, other_run), count=answers, seed=seed)
            card = _card(database, chosen[0], probed, source, favour, kinds=kinds, seed=seed)
    except Cancelled as stopped:
        hint = f"what was judged is kept; go on with: {typed()}"
        raise Cancelled(stopped.message, hint=hint) from None
    worth = standing(card.judge.sha256)
    if html is not None:  # first: who reads the tables may stop reading, and that ends the command
        write_probes(card, worth, html)
    show_probes(card, worth, view)


def _judge_of(database: Database, run: str | None) -> str | None:
    """Who judged the run, by name; None without a run."""
    from penguin_local.store.runs import RunStore

    if run is None:
        return None
    name = str(RunStore(database).get(run).settings["judge"])
    if name.startswith("panel: "):
        raise UsageError(f"{run} was judged by a {name}", hint="name one judge of it with --judge")
    return name


def _finished(database: Database, run: str) -> list[FinishedItem]:
    from penguin_local.store.runs import RunStore

    runs = RunStore(database)
    return runs.finished(runs.get(run).id)


def _of_run(database: Database, run: str, *, count: int, seed: int) -> list[Probed]:
    from penguin_local.bench.probe_answers import from_run

    found = from_run(_finished(database, run), run, count=count, seed=seed)
    if len(found) < count:
        say(f"{run} has {len(found)} answers, not {count}: all of them are taken")
    return found


def _fresh(
    database: Database, writer: Member, scenarios: str, settings: AnswerSettings, *, count: int, seed: int
) -> list[Probed]:
    from penguin_local.bench.probe_answers import fresh_items, write_answers
    from penguin_local.bench.scenario_sets import load_set
    from penguin_local.cli.sitting import interruptible

    items = fresh_items(load_set(scenarios).scenarios, count=count, seed=seed)
    with interruptible() as cancel:
        say(f"{writer.file.name} writes {len(items)} answers, half of them knowing nothing of who asks")
        with closing(writer.load(None)) as loaded:
            return write_answers(
                loaded, items, cache=cache_of(database), settings=settings, salt=seed, cancel=cancel
            )


def _favour(
    database: Database,
    judges: Sequence[Member],
    runs: tuple[str | None, str | None],
    *,
    count: int,
    seed: int,
) -> tuple[str, list[tuple[str, float]]] | None:
    """Who was compared, and by how much each judge favours its own; None where only one family was given."""
    from penguin_local.bench.probe_answers import pairs_of
    from penguin_local.bench.probe_card import own_favour
    from penguin_local.bench.probing import judge_only

    first, second = runs
    if first is None or second is None:
        return None
    sides = (_finished(database, first), _finished(database, second))
    pairs = pairs_of(*sides, (first, second), count=count, seed=seed)
    verdicts = []
    for member in judges:
        both = [*pairs[0], *pairs[1]]
        with at_work(member, len(both)) as (loaded, cancel, listener):
            scores = judge_only(
                loaded, both, cache=cache_of(database), salt=seed, cancel=cancel, listener=listener
            )
        verdicts.append((scores[: len(pairs[0])], scores[len(pairs[0]) :]))
    who = f"{judges[0].file.name} with {first}, {judges[1].file.name} with {second}"
    return who, own_favour(*pairs, verdicts[0], verdicts[1])


def _card(
    database: Database,
    member: Member,
    probed: Sequence[Probed],
    source: str,
    favour: tuple[str, list[tuple[str, float]]] | None,
    *,
    kinds: int | None,
    seed: int,
) -> ProbeCard:
    from penguin_local.bench.probe_card import make_card
    from penguin_local.bench.probing import plan_probes
    from penguin_local.bench.probing import probe as work_through
    from penguin_local.cli.loading import used
    from penguin_local.safety.judging import PROMPT_VERSION
    from penguin_local.safety.probes import load_probes

    texts = load_probes().drawn(kinds, seed=seed)
    work = plan_probes(probed, texts, salt=seed)
    with at_work(member, work.total) as (loaded, cancel, listener):
        readings = work_through(loaded, work, cache=cache_of(database), cancel=cancel, listener=listener)
    return make_card(
        readings,
        judge=used(member.file),
        prompt=PROMPT_VERSION,
        texts=texts.version,
        source=source,
        seed=seed,
        family=favour,
    )
