"""Options of arms that ask, and what they come to: how talks go, and which planned paths take part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penguin_local.cli.console import say
from penguin_local.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from penguin_local.agent.dialogue_events import PathUse
    from penguin_local.agent.users import UserKind
    from penguin_local.bench.arms import Arm
    from penguin_local.bench.asking import Asking
    from penguin_local.bench.interviewing import Retrieve
    from penguin_local.lm.weights import ModelFile

Stopping = Annotated[
    str | None,
    typer.Option(
        "--stop", help="When the agent has asked enough: basic, binary, scale (the default) or voi."
    ),
]
Threshold = Annotated[
    float | None, typer.Option(help="Of scale: answer from this sufficiency on, 0 to 5 (default: 3.5).")
]
Budget = Annotated[int | None, typer.Option(help="Questions the agent may ask, 0 to 10 (default: 5).")]
User = Annotated[
    str | None,
    typer.Option(
        help="Who answers the agent: truthful (the default), declining, vague, contradicting or late."
    ),
]
UserRate = Annotated[
    float | None, typer.Option(help="How often a user who is not truthful acts on it, 0 to 1.")
]
Paths = Annotated[
    str | None, typer.Option(help="Planned paths for the arm planner: a name, or a file (default: bundled).")
]
UsePaths = Annotated[
    str | None,
    typer.Option(
        "--use-paths",
        help="What planned paths are to planner: weighed (what their steps gained; the default) or "
        "shown (worked examples, the paper's way).",
    ),
]
Costs = Annotated[
    Path | None,
    typer.Option(help="What questions cost, for --stop voi: a TOML file of weights by attribute."),
]
Prefixes = Annotated[
    bool, typer.Option("--prefixes", help="Score every step of a talk, to count questions too many.")
]


def asking(
    arms: Sequence[Arm],
    *,
    stop: str | None,
    threshold: float | None,
    budget: int | None,
    user: str | None,
    user_rate: float | None,
    costs: Path | None,
    prefixes: bool,
    use_paths: str | None = None,
) -> Asking:
    """How talks go. Raises UsageError and BadInput for what cannot be, whatever the arms are."""
    from penguin_local.agent.costs import load_costs
    from penguin_local.agent.dialogue_events import DialogueSettings
    from penguin_local.agent.users import DEFAULT_RATE, UserKind
    from penguin_local.bench.asking import BUNDLED, Asking
    from penguin_local.bench.finding_arms import check_threshold, parse_stop

    own = DialogueSettings()
    _tell_unused(
        arms,
        stop=stop,
        threshold=threshold,
        budget=budget,
        user=user,
        user_rate=user_rate,
        costs=costs,
        prefixes=prefixes or None,
    )
    _tell_idle(
        arms,
        stop=stop,
        threshold=threshold,
        user=user,
        user_rate=user_rate,
        costs=costs,
        use_paths=use_paths,
    )
    if threshold is not None:
        check_threshold(threshold, "--threshold", hint="0 answers at once, 5 asks for all that could matter")
    _check_budget(budget)
    if costs is not None and not costs.is_file():
        what = "a folder" if costs.is_dir() else "not there"
        raise UsageError(f"--costs {costs} is {what}", hint="see data/costs.toml for how it looks")
    return Asking(
        dialogue=DialogueSettings(
            stop=own.stop if stop is None else parse_stop(stop),
            threshold=own.threshold if threshold is None else threshold,
            budget=own.budget if budget is None else budget,
            costs=load_costs(costs),
            use_paths=own.use_paths if use_paths is None else _use(use_paths),
        ),
        user=UserKind.TRUTHFUL if user is None else _user(user),
        user_rate=DEFAULT_RATE if user_rate is None else user_rate,
        costs=BUNDLED if costs is None else str(costs),
        prefixes=prefixes,
    )


def with_paths(settings: Asking, arms: Sequence[Arm], paths: str | None) -> tuple[Asking, Retrieve | None]:
    """The path index, where an arm uses one: fingerprinted, and ready to be searched.

    Raises UsageError and BadInput for an index that is not there, empty, foreign, or made with another
    embedding model.
    """
    from dataclasses import replace

    from penguin_local.agent.retrieval import BUNDLED as ours
    from penguin_local.bench.asking import BUNDLED
    from penguin_local.bench.finding_arms import Talk
    from penguin_local.bench.similar import fingerprints, retriever
    from penguin_local.cli.indexes import load_paths
    from penguin_local.lm.catalogue import find_embedder

    if not any(isinstance(arm.finding, Talk) and arm.finding.paths for arm in arms):
        if paths is not None:
            say("without effect: --paths, for no arm takes them (planner does)")
        return settings, None
    file = find_embedder()
    index = load_paths(paths, file)
    named = paths not in (None, ours)
    known = replace(settings, paths=str(paths) if named else BUNDLED, fingerprints=fingerprints(index))

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        return _embedded(file, texts)

    note = " (demonstration: planned with a bundled model)" if index.demonstration else ""
    say(f"paths {index.name}: {len(index):,} planned questions{note}")
    return known, retriever(index, embed, settings.dialogue.use_paths)


def tell_work(arms: Sequence[Arm], held: Sequence[int]) -> None:
    """Say how much searching there will be; `held` is how many attributes each scenario's profile holds."""
    from penguin_local.bench.cells import counted
    from penguin_local.bench.finding_arms import Search

    for arm in arms:
        if isinstance(arm.finding, Search):
            total = sum(arm.finding.subsets(count) for count in held)
            say(f"{arm.name}: {total:,} subsets to answer and judge, for {counted(len(held), 'scenario')}")


def _embedded(file: ModelFile, texts: Sequence[str]) -> NDArray[np.float32]:
    from penguin_local.cli.loading import load_embedder

    model = load_embedder(file)
    try:
        return model.embed(texts)
    finally:
        model.close()


def _tell_unused(arms: Sequence[Arm], **given: object) -> None:
    from penguin_local.bench.finding_arms import Talk

    options = [f"--{name.replace('_', '-')}" for name, value in given.items() if value is not None]
    if options and not any(isinstance(arm.finding, Talk) for arm in arms):
        say(f"without effect, for no arm asks: {', '.join(options)} (agent and planner do)")


def _tell_idle(
    arms: Sequence[Arm],
    *,
    stop: str | None,
    threshold: float | None,
    user: str | None,
    user_rate: float | None,
    costs: Path | None,
    use_paths: str | None,
) -> None:
    """Say which options these talks have no use for: one that was meant would be missed without a word."""
    from penguin_local.agent.dialogue_events import Stop
    from penguin_local.agent.users import UserKind
    from penguin_local.bench.finding_arms import Talk, parse_stop

    talks = [arm.finding for arm in arms if isinstance(arm.finding, Talk)]
    if use_paths is not None and not any(talk.paths for talk in talks):
        say("without effect: --use-paths, for no arm takes them (planner does)")
    if not talks:
        return
    own = Stop.SCALE if stop is None else parse_stop(stop)
    rules = {talk.stop or own for talk in talks if talk.threshold is None}
    if threshold is not None and Stop.SCALE not in rules:
        say("without effect: --threshold, for no arm that asks takes it from there (--stop scale does)")
    if costs is not None and Stop.VOI not in rules:
        say("without effect: --costs, for no arm weighs them (--stop voi does)")
    if user_rate is not None and (user is None or _user(user) is UserKind.TRUTHFUL):
        say("without effect: --user-rate, for a truthful user has none (see --user)")


def _check_budget(budget: int | None) -> None:
    from penguin_local.agent.dialogue_events import MAX_BUDGET

    if budget is not None and not 0 <= budget <= MAX_BUDGET:
        raise UsageError(
            f"--budget cannot be {budget}",
            hint=f"there are {MAX_BUDGET} attributes to ask about: 0 to {MAX_BUDGET}",
        )


def _user(text: str) -> UserKind:
    from penguin_local.agent.users import UserKind

    return UserKind(_one_of(list(UserKind), text, "there is no simulated user"))


def _use(text: str) -> PathUse:
    from penguin_local.agent.dialogue_events import PathUse

    return PathUse(_one_of(list(PathUse), text, "planned paths cannot be"))


def _one_of(kinds: Sequence[str], text: str, fault: str) -> str:
    from difflib import get_close_matches

    name = text.strip().lower()
    if name in kinds:
        return name
    near = get_close_matches(name, kinds, n=1)
    raise UsageError(
        f"{fault} {text.strip()!r}",
        hint=f"did you mean {near[0]}?" if near else f"one of: {', '.join(kinds)}",
    )
