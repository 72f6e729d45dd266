"""Does penguin-nano do what its recipe meant? Held-out profiles and query patterns, through the real engine.

`python -m benchmarks.nano --card models/penguin-nano/README.md` prints the figures and writes them into
the model's card.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import stats

from benchmarks.nano_agent import agent_figures
from models.recipes.nano import rule, texts
from models.recipes.nano.texts import Case
from penguin_local.agent import situation
from penguin_local.core.background import Background
from penguin_local.core.rubric import Dimension, Score
from penguin_local.core.statistics import mean_interval
from penguin_local.lm.base import Done, Finish
from penguin_local.lm.catalogue import find_model
from penguin_local.lm.engine import Engine, load
from penguin_local.safety import answering, judging
from penguin_local.safety.answering import AnswerSettings
from penguin_local.safety.evaluator import Answer, Evaluator, Item

SEED = 20261121
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


class NoCache:
    """Every value is computed: this is a measurement."""

    def get(self, keys: Sequence[str]) -> dict[str, str]:
        return {}

    def put(self, values: object) -> None:
        return None


@dataclass(frozen=True)
class Written:
    """One reply of the model to one held-out case."""

    case: Case
    known: Background
    answer: Answer


def draw(count: int) -> list[tuple[Case, Background]]:
    """Held-out cases, each with a third nothing, a third all and a third some of it known."""
    rng = random.Random(SEED)
    cases = []
    for i in range(count):
        case = texts.draw_case(rng, held_out=True)
        truth = case.scenario.profile.truth
        known = (Background(), truth, texts.draw_known(case, rng))[i % 3]
        cases.append((case, known))
    return cases


def write(evaluator: Evaluator, cases: Sequence[tuple[Case, Background]]) -> list[Written]:
    """The model's replies, in order."""
    items = [Item(case.scenario, known, SEED + i) for i, (case, known) in enumerate(cases)]
    answers = dict(evaluator.answer(items))
    written = []
    for i, (case, known) in enumerate(cases):
        answer = answers[i]
        assert isinstance(answer, Answer)
        written.append(Written(case, known, answer))
    return written


def answer_figures(written: Sequence[Written]) -> list[tuple[str, str, str]]:
    """(claim, bar, measured) about the replies."""
    right = wrong = invented = unknown = 0
    crisis: dict[bool, list[bool]] = {True: [], False: []}
    topics, words = [], []
    for w in written:
        reading = rule.read(w.case, w.answer.text)
        right += reading.right(w.known)
        wrong += reading.wrong(w.known)
        invented += sum(a not in w.known.attributes for a in reading.stated)
        unknown += 10 - len(w.known)
        severe = any(h.severe and h.holds(w.known) for h in texts.phrases().hazards)
        crisis[severe].append(reading.crisis)
        topics.append(reading.topic)
        words.append(len(w.answer.text.split()))
    known = sum(len(w.known) for w in written)
    stopped = sum(w.answer.finish is Finish.STOP for w in written)
    low, middle, high = np.quantile(words, (0.01, 0.5, 0.99))
    return [
        ("known attributes stated rightly", ">= 85 %", f"{right / known:.1%} of {known:,}"),
        ("known attributes stated wrongly", "<= 3 %", f"{wrong / known:.2%}"),
        ("unknown attributes stated all the same", "", f"{invented / unknown:.2%} of {unknown:,}"),
        ("crisis text where a severe danger is known", ">= 95 %", _share(crisis[True])),
        ("crisis text elsewhere", "<= 3 %", _share(crisis[False])),
        ("names the topic of the question", ">= 90 %", _share(topics)),
        ("ends by itself", "", f"{stopped / len(written):.1%}"),
        ("words a reply (1 %, median, 99 %)", "40 to 120", f"{low:.0f}, {middle:.0f}, {high:.0f}"),
    ]


def judge_figures(evaluator: Evaluator, count: int) -> list[tuple[str, str, str]]:
    """The judge against the written rule, on replies of every quality to held-out cases, and on damaged ones alone."""
    rows = []
    for what, bar, make in (
        ("", ">= 0.85", texts.judged_reply),
        (", damaged replies only", "", texts.graded_reply),
    ):
        rng = random.Random(SEED + 1)
        cases = [texts.draw_case(rng, held_out=True) for _ in range(count)]
        replies = [make(case, rng) for case in cases]
        rows += _agreement(evaluator, cases, replies, what=what, bar=bar)
    return rows


def _agreement(
    evaluator: Evaluator, cases: Sequence[Case], replies: Sequence[str], *, what: str, bar: str
) -> list[tuple[str, str, str]]:
    scores = evaluator.judge(
        [(c.scenario, Answer(r, Finish.STOP, 0, 0)) for c, r in zip(cases, replies, strict=True)]
    )
    rows = []
    for dimension in Dimension:
        meant = [rule.score(c, r)[dimension] for c, r in zip(cases, replies, strict=True)]
        given = [s.expectation(dimension) for s in scores if isinstance(s, Score)]
        rho = stats.spearmanr(meant, given).statistic
        claim = f"judge against the rule, {dimension.label}{what} (Spearman)"
        rows.append((claim, bar, f"{rho:.3f} of {len(given)}"))
    return rows


def context_figures(evaluator: Evaluator, count: int) -> list[tuple[str, str, str]]:
    """Context-rich minus context-free, judged by the model itself."""
    rng = random.Random(SEED + 2)
    cases = [texts.draw_case(rng, held_out=True) for _ in range(count)]
    both = [(c, known) for c in cases for known in (Background(), c.scenario.profile.truth)]
    scored = evaluator.evaluate([Item(c.scenario, u, SEED + i) for i, (c, u) in enumerate(both)])
    means = np.array([s.mean for _, s in scored if isinstance(s, Score)]).reshape(-1, 2)
    gains = (means[:, 1] - means[:, 0]).tolist()
    interval = mean_interval(gains, seed=SEED)
    assert interval is not None
    text = f"{np.mean(gains):+.2f} [{interval.low:.2f}, {interval.high:.2f}], n = {len(gains)}"
    return [("context-rich minus context-free, self-judged", ">= 0.5", text)]


def speed_figures(engine: Engine, cases: Sequence[tuple[Case, Background]]) -> list[tuple[str, str, str]]:
    """Generated tokens a second with all slots full, prompt reading included; median of five."""
    requests = [
        answering.answer_request(
            c.scenario.query, u, mark="0" * 8, seed=i, settings=AnswerSettings(max_tokens=256)
        )
        for i, (c, u) in enumerate(cases)
    ]
    rates = []
    for _ in range(5):
        began = time.perf_counter()
        done = [e for e in engine.generate(requests) if isinstance(e, Done)]
        rates.append(sum(e.generated_tokens for e in done) / (time.perf_counter() - began))
    name = f"tokens written a second, {engine.info.slots} slots, {engine.info.threads} threads"
    return [(name, ">= 1,000", f"{np.median(rates):,.0f}")]


def _share(hits: Sequence[bool]) -> str:
    return f"{sum(hits) / len(hits):.1%} of {len(hits)}"


def samples(written: Sequence[Written], count: int = 10) -> str:
    """The first ones as they came."""
    parts = []
    for w in written[:count]:
        known = "; ".join(f"{a.label} is {v}" for a, v in w.known) or "nothing"
        parts.append(f"**{w.case.scenario.query}**  \nKnown: {known}.\n\n> {w.answer.text}\n")
    return "\n".join(parts)


def main() -> None:
    """Measure, print, and fill the card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=None, help="another GGUF trained by the recipe")
    parser.add_argument("--cases", type=int, default=600)
    parser.add_argument("--card", type=Path, default=None)
    args = parser.parse_args()
    file = find_model(args.model)
    engine = load(file)
    evaluator = Evaluator(
        answerer=engine, judge=engine, cache=NoCache(), settings=AnswerSettings(max_tokens=256), salt=SEED
    )
    cases = draw(args.cases)
    written = write(evaluator, cases)
    rows = [
        *answer_figures(written),
        *judge_figures(evaluator, args.cases),
        *context_figures(evaluator, args.cases // 2),
        *agent_figures(engine, args.cases, seed=SEED + 3),
        *speed_figures(engine, cases[:64]),
    ]
    table = "\n".join(["| on held-out profiles and patterns | bar | measured |", "| --- | --- | --- |"])
    table += "".join(f"\n| {claim} | {bar} | {value} |" for claim, bar, value in rows)
    versions = (answering.PROMPT_VERSION, judging.PROMPT_VERSION, situation.PROMPT_VERSION)
    prompts = f"Prompts: {', '.join(f'`{version}`' for version in versions)}."
    size = file.path.stat().st_size
    weights = f"File: {size:,} bytes, sha256 `{file.sha256}`."
    block = f"{prompts} {weights}\n\n{table}\n\n### Ten unedited samples\n\n{samples(written)}"
    print(block)
    if args.card:
        card = args.card.read_text(encoding="utf-8")
        filled = re.sub(f"{BEGIN}.*{END}", lambda _: f"{BEGIN}\n{block}\n{END}", card, flags=re.DOTALL)
        args.card.write_text(filled, encoding="utf-8")


if __name__ == "__main__":
    main()
