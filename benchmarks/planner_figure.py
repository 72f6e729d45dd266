"""The figure of `benchmarks.planner`: regret by evaluations, a row a prior, a column a family."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("agg")
from matplotlib import pyplot as plt
from PIL import Image

from benchmarks.planner_bars import Look
from benchmarks.planner_landscapes import Family, Prior
from penguin_local.agent.lattice import Rule

COLOURS = {Rule.PAPER: "#b35806", Rule.UCT: "#998ec3", Rule.LATTICE: "#1b7837", Rule.SURROGATE: "#2166ac"}


def draw(look: Look, families: Sequence[Family], budgets: Sequence[int], files: Sequence[Path]) -> None:
    """Bands are 95 % intervals; the dotted line is `exhaustive`, which looked at all 638 subsets."""
    figure, axes = plt.subplots(
        len(Prior), len(families), figsize=(3.1 * len(families), 7.2), sharex=True, sharey=True, squeeze=False
    )
    for row, prior in zip(axes, Prior, strict=True):
        for axis, family in zip(row, families, strict=True):
            for rule, colour in COLOURS.items():
                cells = [look(family, prior, rule, budget) for budget in budgets]
                axis.plot(
                    budgets, [c.mean for c in cells], color=colour, marker="o", ms=3, lw=1.4, label=rule.value
                )
                low, high = [c.interval.low for c in cells], [c.interval.high for c in cells]
                axis.fill_between(budgets, low, high, color=colour, alpha=0.18, lw=0)
            oracle = look(family, prior, Rule.EXHAUSTIVE, max(budgets)).mean
            axis.axhline(oracle, color="#555555", lw=0.8, ls=":", label="exhaustive")
            axis.set_xscale("log")
            axis.set_xticks(budgets, [str(b) for b in budgets], fontsize=7)
            axis.minorticks_off()
            axis.set_yscale("symlog", linthresh=0.01)
            axis.set_ylim(0, 3)
            axis.grid(alpha=0.25, lw=0.5)
            axis.set_title(f"{family}, {prior} prior", fontsize=8)
    for axis in axes[-1]:
        axis.set_xlabel("evaluations", fontsize=8)
    for axis in axes[:, 0]:
        axis.set_ylabel("regret (points of 1 to 5)", fontsize=8)
    axes[0, 0].legend(fontsize=7)
    figure.tight_layout()
    for file in files:
        figure.savefig(file, dpi=100)
        if file.suffix == ".png":  # few colours, so that it is small enough to lie in the repository
            with Image.open(file) as image:
                small = image.convert("RGB").quantize(48)
            small.save(file, optimize=True)
    plt.close(figure)
