"""The two ends of making a plan: how to search, from what was typed; and what was found, shown."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from penguin_local.agent.lattice import Rule
from penguin_local.agent.planner import PlanSettings
from penguin_local.cli.console import View, say
from penguin_local.cli.plan_sitting import PlanSitting
from penguin_local.cli.plan_views import show_plan
from penguin_local.core.scenario import Scenario
from penguin_local.errors import UsageError


def parse_search(
    rule: str, depth: int, rollouts: int, exploration: float, batch: int, *, exact: bool
) -> PlanSettings:
    """Raises UsageError naming the rules there are, or the value that is out of range."""
    try:
        return PlanSettings(_parse_rule(rule), depth, rollouts, exploration, batch, exact)
    except ValueError as error:
        hint = "penguin-local plan --help names what each option takes"
        if 2 <= rollouts <= depth:
            hint = f"give --rollouts {depth + 1} or more, or a smaller --depth"
        raise UsageError(str(error), hint=hint) from None


def finish(sitting: PlanSitting, drawn: Sequence[Scenario], view: View) -> None:
    """Do what is missing and show the whole."""
    record, paths = sitting.work(drawn)
    show_plan(record.name, record.settings, paths, view, whole=False)
    say(f"one search: penguin-local plan show {record.name} {paths[0].scenario_id}")


def _parse_rule(text: str) -> Rule:
    name = text.strip().lower()
    if name in set(Rule):
        return Rule(name)
    near = get_close_matches(name, list(Rule), n=1, cutoff=0.5)
    raise UsageError(
        f"there is no rule {text.strip()!r}",
        hint=f"did you mean {near[0]}?" if near else f"rules: {', '.join(Rule)}",
    )
