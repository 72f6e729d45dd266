"""The stage before answering: what the answerer knows is found out, for the items of arms that ask or search."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from penguin_local.bench.arms import parse_arm
from penguin_local.bench.asking import Asking
from penguin_local.bench.finding_arms import Search, Talk
from penguin_local.bench.interviewing import Examples, Retrieve, Talks
from penguin_local.bench.oracle import best_subset
from penguin_local.bench.progress import Found, Meter
from penguin_local.lm.base import LanguageModel
from penguin_local.safety.evaluator import Evaluator, Item
from penguin_local.store.dialogues import Dialogue, DialogueStore
from penguin_local.store.rows import PlannedItem

Group = Sequence[PlannedItem]


class Finder:
    """What one run has found out, and how it finds out the rest.

    As with answers, the talks of a group under one arm are held together whatever is there of them already:
    their numbers depend on what is computed together.
    """

    def __init__(
        self,
        *,
        store: DialogueStore,
        run_id: str,
        plan: Group,
        asking: Asking,
        retrieve: Retrieve | None,
        seed: int,
        cancel: threading.Event,
        clock: Callable[[], float],
    ) -> None:
        arms = {name: parse_arm(name).finding for name in {item.arm for item in plan}}
        self._talks = {i.position: f for i in plan if isinstance(f := arms[i.arm], Talk)}
        self._searches = {i.position: f for i in plan if isinstance(f := arms[i.arm], Search)}
        self._store = store
        self._run_id = run_id
        self._plan = plan
        self._asking = asking
        self._retrieve = retrieve
        self._seed = seed
        self._cancel = cancel
        self._clock = clock
        self._found = store.of(run_id)
        self._examples: Examples = {}

    @property
    def done(self) -> int:
        """Items whose background is found."""
        return len(self._found)

    @property
    def counts(self) -> Found:
        """So far."""
        sizes = {
            item.position: self._searches[item.position].subsets(len(item.scenario.profile.truth))
            for item in self._plan
            if item.position in self._searches
        }
        return Found(
            talks=sum(position in self._found for position in self._talks),
            talks_total=len(self._talks),
            subsets=sum(size for position, size in sizes.items() if position in self._found),
            subsets_total=sum(sizes.values()),
        )

    def prepare(self, todo: Sequence[Group]) -> None:
        """Before the answerer is loaded: look up the paths that guide talks of these groups."""
        # Of whole groups, like all else: a talk that is there already is held again with its neighbours.
        asking = {
            item.scenario.id: item.scenario
            for group in todo
            if self._missing([group])
            for item in group
            if item.position in self._talks and self._talks[item.position].paths
        }
        if not asking:
            return
        if self._retrieve is None:
            raise ValueError("a run with the arm `planner` needs a path index")
        self._examples = self._retrieve(list(asking.values()))

    def needs_judge(self, todo: Sequence[Group]) -> bool:
        """Whether something is left to find that only scores can tell."""
        missing = self._missing(todo)
        return any(position in self._searches or self._asking.prefixes for position in missing)

    def find(self, model: LanguageModel, evaluator: Evaluator, group: Group, meter: Meter) -> None:
        """Whatever is missing of this group; kept at once. Raises Cancelled."""
        self._hold_talks(model, evaluator, group, meter)
        for item in group:
            if item.position in self._searches and item.position not in self._found:
                self._search(evaluator, item, meter)

    def item(self, planned: PlannedItem) -> Item:
        """What is to be answered, with what was found out."""
        found = self._found.get(planned.position)
        if found is None:
            return Item(planned.scenario, planned.known, planned.seed)
        return Item(planned.scenario, found.known, planned.seed, declined=found.declined)

    def _missing(self, todo: Sequence[Group]) -> list[int]:
        return [
            item.position
            for group in todo
            for item in group
            if item.position not in self._found
            and (item.position in self._talks or item.position in self._searches)
        ]

    def _hold_talks(self, model: LanguageModel, evaluator: Evaluator, group: Group, meter: Meter) -> None:
        talks = Talks(self._asking, self._seed, self._clock, self._cancel)
        # Arm by arm: a talk with examples takes longer, and each arm tells its own seconds.
        for arm in dict.fromkeys(item.arm for item in group if item.position in self._talks):
            items = [(item, self._talks[item.position]) for item in group if item.arm == arm]
            missing = [item.position for item, _ in items if item.position not in self._found]
            if not missing:
                continue
            held = talks.hold(model, items, examples=self._examples, evaluator=evaluator)
            by_position = {item.position: talk for (item, _), talk in zip(items, held, strict=True)}
            self._keep({position: by_position[position] for position in missing})
            meter.talked(len(missing))

    def _search(self, evaluator: Evaluator, item: PlannedItem, meter: Meter) -> None:
        began = self._clock()
        search = self._searches[item.position]
        best = best_subset(
            evaluator,
            item.scenario,
            search,
            seed=self._seed,
            cancel=self._cancel,
            evaluated=meter.searched,
        )
        dialogue = Dialogue(
            known=best.known,
            asked=(),
            declined=frozenset(),
            unsure=frozenset(),
            steps=(),
            levels=(),
            reason=f"best of {best.evaluations} subsets",
            seconds=self._clock() - began,
            evaluations=best.evaluations,
            unscored=best.unscored,
        )
        self._keep({item.position: dialogue})

    def _keep(self, found: dict[int, Dialogue]) -> None:
        self._store.add(self._run_id, found)
        self._found |= found
