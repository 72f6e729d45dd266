"""How many evaluations does each planning rule need? Regret against the oracle, on landscapes made up and measured.

`python -m benchmarks.planner --output out/planner` prints the tables and the bars and draws the figure; it keeps
what it has finished, so it can be stopped. `--measured N` adds the values of N scenarios, every subset of up to five
attributes answered and judged by the bundled model; `--families measured` leaves the others out. A regret is what the
end of the found path lacks to the best subset of at most five, in points of the score (1 to 5); with noise, in true
points. There are only 252 subsets of five: beyond that many distinct evaluations nothing is left to gain, whatever the
rule.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks import planner_measured
from benchmarks.planner_bars import Look, bars
from benchmarks.planner_figure import draw
from benchmarks.planner_landscapes import PAIR, SYNTHETIC, Family, Landscape, Prior, make
from benchmarks.planner_runs import BUDGETS, SEED, Cell, Cells, every, overhead
from penguin_local.agent.lattice import Rule

RULES = tuple(Rule)
OURS = tuple((Rule.SURROGATE, budget) for budget in (20, 40, 60))


def table(look: Look, family: Family, budgets: Sequence[int]) -> str:
    """Mean regret with interval, a line a rule and prior."""
    lines = [f"\n{family} (regret of the end; in brackets of the mean over the prefixes)"]
    lines.append(f"{'':<26}" + "".join(f"{budget:>22}" for budget in budgets))
    for prior in Prior:
        for rule in (Rule.PAPER, Rule.UCT, Rule.LATTICE, Rule.SURROGATE):
            cells = [look(family, prior, rule, budget) for budget in budgets]
            lines.append(
                f"{rule:<10} {prior + ' prior':<15}" + "".join(f"{_figures(cell):>22}" for cell in cells)
            )
    best = look(family, Prior.GOOD, Rule.EXHAUSTIVE, max(budgets))
    lines.append(f"{Rule.EXHAUSTIVE:<26}{_figures(best):>22} after {best.evaluations[0]}")
    return "\n".join(lines)


def _figures(cell: Cell) -> str:
    return f"{cell.mean:.3f} ±{cell.interval.half_width:.3f} ({np.mean(cell.anytime):.3f})"


def asked(look: Look, family: Family, budgets: Sequence[int]) -> str:
    """At how many nodes each rule asks the prior: a short question, but one to the model."""
    lines = [f"\nnodes at which the prior is asked ({family}, good prior), by evaluations {tuple(budgets)}"]
    for rule in (Rule.PAPER, Rule.LATTICE, Rule.SURROGATE):
        nodes = [np.mean(look(family, Prior.GOOD, rule, budget).nodes) for budget in budgets]
        lines.append(f"{rule:<10}" + "".join(f"{mean:7.0f}" for mean in nodes))
    return "\n".join(lines)


def main() -> None:
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--output", type=Path, default=Path("out/planner"), help="folder of the figure and the cells"
    )
    parser.add_argument("--landscapes", type=int, default=200, help="of each family")
    parser.add_argument("--families", default="", help="comma-separated; all by default")
    parser.add_argument(
        "--budgets", default="", help="comma-separated; 20, 40, 60, 80 and 320 are needed for the bars"
    )
    parser.add_argument(
        "--measured", type=int, default=0, metavar="N", help="scenarios measured with the model"
    )
    parser.add_argument(
        "--apart",
        action="store_true",
        help="search every measured scenario as if it were the first of its domain",
    )
    parser.add_argument("--only-bars", action="store_true", help="search what the bars need, and no more")
    parser.add_argument("--pair", type=float, default=PAIR, help="standard deviation of the weight of a pair")
    parser.add_argument("--seed", type=int, default=SEED, help="of the first landscape")
    parser.add_argument("--model", default=None, help="another model to measure with")
    args = parser.parse_args()
    if args.families == Family.MEASURED and not args.measured:
        parser.error("--families measured needs --measured N")
    args.output.mkdir(parents=True, exist_ok=True)
    named = [Family(name) for name in args.families.split(",")] if args.families else SYNTHETIC
    families: tuple[Family, ...] = tuple(family for family in named if family is not Family.MEASURED)
    budgets = tuple(int(b) for b in args.budgets.split(",")) if args.budgets else BUDGETS
    lands: dict[Family, list[Landscape]] = {
        family: [make(family, args.seed + i, pair=args.pair) for i in range(args.landscapes)]
        for family in families
    }
    if args.measured:
        families = (*families, Family.MEASURED)
        lands[Family.MEASURED] = planner_measured.landscapes(
            args.measured, args.output, model=args.model, apart=args.apart
        )
    other = "" if args.pair == PAIR else f"-pair-{args.pair}"
    other += "" if args.seed == SEED else f"-seed-{args.seed}"
    cells = Cells(args.output / f"cells{other}.json")

    def look(family: Family, prior: Prior, rule: Rule, budget: int) -> Cell:
        return cells.cell(family, prior, rule, budget, lands[family])

    if args.only_bars:
        print("\n".join(str(bar) for bar in bars(look, families)))
        return
    for family, prior, rule, budget in every(families, budgets, RULES):
        look(family, prior, rule, budget)
    for family in families:
        print(table(look, family, budgets))
    print(
        f"\n{args.landscapes} landscapes a made-up family; paper and uct one by one, the rest in batches of 8."
    )
    print("252 subsets of five there are: beyond that many distinct evaluations nothing is left to gain.\n")
    if {20, 40, 60, 80, 320} <= set(budgets):
        print("\n".join(str(bar) for bar in bars(look, families)))
    print(asked(look, families[0], budgets))
    print("\nmicroseconds a rollout without the model (at most 100):")
    for rule, budget in ((Rule.PAPER, 300), (Rule.UCT, 300), (Rule.LATTICE, 200), *OURS):
        micro = overhead(rule, budget)
        print(f"{'pass' if micro < 100 else 'FAIL'}  {rule:<10} {micro:6.1f} at {budget} rollouts")
    draw(look, families, budgets, [args.output / "planner.png", args.output / "planner.svg"])


if __name__ == "__main__":
    main()
