"""How well a reader extracts, on posts whose truth is known: penguin-forum-v1, told attribute by attribute."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penguin_local.bench.extracting import GROUP, LEAST
from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.background import Background
from penguin_local.core.rows import COLUMNS, scenario_from_row
from penguin_local.core.scenario import Scenario
from penguin_local.corpus.anonymous import clean, traces
from penguin_local.corpus.audit import leaks
from penguin_local.corpus.extraction_query import faults
from penguin_local.errors import BadInput
from penguin_local.safety.extraction import THERE, Reader


@dataclass(frozen=True, slots=True)
class Known:
    """A post, and what it holds."""

    scenario: Scenario
    text: str
    """Title, story and question, cleaned as a dump's posts are."""
    held: frozenset[Attribute]


@dataclass(frozen=True, slots=True)
class Presence:
    """How one attribute was found, over all posts."""

    right: int
    """It is there, and was found."""
    false: int
    """It is not there."""
    missed: int
    neither: int
    """Not there, and not found."""
    values: int
    """Of all posts that hold it, how many get the right value when asked for it, found or not."""
    auc: float | None
    """Chance that a post which holds it is weighed higher than one which does not: 0.5 for guessing.

    None where all posts hold it, or none does.
    """

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 0 to 1."""
        whole = 2 * self.right + self.false + self.missed
        return 2 * self.right / whole if whole else 0.0

    @property
    def accuracy(self) -> float:
        """Share of right values among the posts that hold it, 0 to 1."""
        held = self.right + self.missed
        return self.values / held if held else 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What a reader made of the posts."""

    reader: str
    posts: int
    unread: int
    """Did not fit into the model, or could not be weighed."""
    by_attribute: Mapping[Attribute, Presence]
    kept: int
    """Posts with enough attributes found."""
    deserving: int
    """Posts that truly hold so many."""
    questions: int
    """Of those kept, how many got a question that can be asked."""
    leaking: int
    """Questions that name a true value of the writer, or hold a trace of who they are: what must be 0."""
    false_traces: int
    """Posts of which the cleaning took something away, though nobody is named in any of them."""
    filter_seconds: float
    seconds: float

    @property
    def overall(self) -> Presence:
        """All attributes together."""
        rows = self.by_attribute.values()
        return Presence(
            right=sum(r.right for r in rows),
            false=sum(r.false for r in rows),
            missed=sum(r.missed for r in rows),
            neither=sum(r.neither for r in rows),
            values=sum(r.values for r in rows),
            auc=float(np.mean(known)) if (known := [r.auc for r in rows if r.auc is not None]) else None,
        )

    @property
    def always_yes(self) -> float:
        """The F1 of a reader that finds everything everywhere: what any other has to beat."""
        every = self.overall
        held, rest = every.right + every.missed, every.false + every.neither
        return 2 * held / (2 * held + rest) if held else 0.0

    @property
    def chance(self) -> float:
        """Value accuracy of a reader that draws a value at random."""
        held = sum(r.right + r.missed for r in self.by_attribute.values())
        hits = sum((r.right + r.missed) / len(a.values) for a, r in self.by_attribute.items())
        return hits / held if held else 0.0

    @property
    def filtered_per_minute(self) -> float:
        """Posts a minute through step 1."""
        return self.posts / self.filter_seconds * 60 if self.filter_seconds else 0.0

    @property
    def per_minute(self) -> float:
        """Posts a minute through all steps."""
        return self.posts / self.seconds * 60 if self.seconds else 0.0


def known_posts(rows: Sequence[Mapping[str, Any]], *, per_domain: int, seed: int) -> list[Known]:
    """So many posts of each domain, drawn by the seed. Raises BadInput for rows that hold no post."""
    if not rows or "story" not in rows[0]:
        raise BadInput("this set holds no posts", hint="penguin-forum-v1 does")
    rng = random.Random(seed)
    chosen = []
    for domain in Domain:
        own = [row for row in rows if row["domain"] == domain]
        chosen += rng.sample(own, min(per_domain, len(own)))
    return [_known(row) for row in chosen]


def _known(row: Mapping[str, Any]) -> Known:
    scenario = scenario_from_row({column: row[column] for column in COLUMNS})
    text = clean(f"{row['title']}\n{row['story']}\n{scenario.query}").text
    held = frozenset(Attribute(name) for name in str(row["held"]).split(", ") if name)
    return Known(scenario, text, held)


def check(
    reader: Reader,
    posts: Sequence[Known],
    *,
    least: int = LEAST,
    clock: Callable[[], float] = time.monotonic,
    listener: Callable[[int], None] = lambda done: None,
) -> Figures:
    """All three steps over the posts, group by group, beside the truth."""
    tallies = {a: _Tally() for a in Attribute}
    found: Counter[str] = Counter()
    filtering = 0.0
    began = clock()
    for start in range(0, len(posts), GROUP):
        group = [post for post in posts[start : start + GROUP] if reader.fits(post.text)]
        found["unread"] += len(posts[start : start + GROUP]) - len(group)
        before = clock()
        weighed = reader.present([post.text for post in group])
        filtering += clock() - before
        there = [frozenset(a for a, p in chances.items() if p >= THERE) for chances in weighed]
        found["unread"] += sum(not chances for chances in weighed)
        # Asked for what is truly held too, so that a reader that finds nothing still shows whether it can read values.
        asked_for = [own | post.held for own, post in zip(there, group, strict=True)]
        read = reader.values([post.text for post in group], asked_for)
        for post, chances, values in zip(group, weighed, read, strict=True):
            _compare(post, chances, values, tallies)
        known = [values.restricted(own) for values, own in zip(read, there, strict=True)]
        enough = [(post, values) for post, values in zip(group, known, strict=True) if len(values) >= least]
        found["kept"] += len(enough)
        found.update(_ask(reader, enough))
        listener(start + len(group))
    return Figures(
        reader=reader.name,
        posts=len(posts),
        unread=found["unread"],
        by_attribute={a: tally.presence() for a, tally in tallies.items()},
        kept=found["kept"],
        deserving=sum(len(post.held) >= least for post in posts),
        questions=found["questions"],
        leaking=found["leaking"],
        false_traces=sum("[" in post.text for post in posts),
        filter_seconds=filtering,
        seconds=clock() - began,
    )


@dataclass(slots=True)
class _Tally:
    """One attribute, post by post."""

    held: list[bool] = field(default_factory=list)
    chances: list[float] = field(default_factory=list)
    values: int = 0

    def presence(self) -> Presence:
        held, found = np.array(self.held, bool), np.array(self.chances) >= THERE
        return Presence(
            right=int((held & found).sum()),
            false=int((~held & found).sum()),
            missed=int((held & ~found).sum()),
            neither=int((~held & ~found).sum()),
            values=self.values,
            auc=_auc(np.array(self.chances), held),
        )


def _auc(chances: NDArray[np.float64], held: NDArray[np.bool_]) -> float | None:
    """Mann and Whitney's statistic over all pairs; a tie counts half."""
    there, absent = chances[held][:, None], chances[~held][None, :]
    if not there.size or not absent.size:
        return None
    return float(((there > absent) + 0.5 * (there == absent)).mean())


def _compare(
    post: Known, chances: Mapping[Attribute, float], values: Background, tallies: Mapping[Attribute, _Tally]
) -> None:
    for attribute, tally in tallies.items():
        held = attribute in post.held
        tally.held.append(held)
        tally.chances.append(chances.get(attribute, 0.0))
        value = values.get(attribute)
        tally.values += held and value is not None and value.kind == post.scenario.profile[attribute].kind


def _ask(reader: Reader, kept: Sequence[tuple[Known, Background]]) -> Counter[str]:
    """Step 3 over posts with enough attributes: questions that can be asked, and those that leak."""
    found: Counter[str] = Counter()
    asked = reader.questions([post.text for post, _ in kept], [known for _, known in kept])
    for (post, known), question in zip(kept, asked, strict=True):
        found["questions"] += not faults(question, known)
        found["leaking"] += bool(question) and _leaks(post, question)
    return found


def _leaks(post: Known, question: str) -> bool:
    """Against the truth, not against what was extracted."""
    true = post.scenario
    asked = Scenario(true.id, true.domain, true.topic, question, true.profile, true.source)
    return bool(leaks(asked) or traces(question))
