"""A plan by its name: from the database, or an index from elsewhere, which holds paths and no search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from penguin_local.agent.planner_values import mask_of
from penguin_local.agent.retrieval import index_names
from penguin_local.bench.planned import path_notices
from penguin_local.cli.console import Cell
from penguin_local.cli.plan_files import find_file, index_of, is_bundled, own_file
from penguin_local.core.plan import PlannedPath
from penguin_local.errors import BadInput, UsageError
from penguin_local.store.path_files import PathFile
from penguin_local.store.plans import Node, PlanRecord, PlanStore
from penguin_local.store.rows import Setting


@dataclass(frozen=True, slots=True)
class Lookup:
    """What goes by a name."""

    name: str
    settings: Mapping[str, Setting]
    positions: tuple[int, ...]
    """In the plan, of each path."""
    paths: tuple[PlannedPath, ...]
    record: PlanRecord | None
    """None for an index from elsewhere."""
    file: PathFile | None
    """None for a plan of the database."""

    @property
    def unfinished(self) -> int:
        """Scenarios of the plan that have no path yet."""
        return self.record.planned - self.record.finished if self.record else 0

    def position_of(self, scenario: str) -> int:
        """Place in `paths` of the scenario with this id, or the only one that ends so. Raises UsageError."""
        ids = [planned.scenario_id for planned in self.paths]
        if not ids:
            raise UsageError(
                f"nothing of {self.name} is planned yet", hint="give its plan command again to go on with it"
            )
        if scenario in ids:
            return ids.index(scenario)
        ending = [i for i, one in enumerate(ids) if one.endswith(f"/{scenario}")] or [
            i for i, one in enumerate(ids) if one.endswith(scenario)
        ]
        if len(ending) == 1:
            return ending[0]
        near = [ids[i] for i in ending[:4]] or get_close_matches(scenario, ids, n=2, cutoff=0.5) or ids[:4]
        raise UsageError(
            f"{self.name} has {'more than one' if ending else 'no'} scenario {scenario!r}",
            hint=f"such as {', '.join(near)}; penguin-local plan show {self.name} names them all",
        )

    def nodes(self, plans: PlanStore, place: int) -> dict[int, Node]:
        """What the search of the path at this place saw; of an index from elsewhere, the path alone."""
        if self.record is not None:
            return plans.nodes(self.record.id, self.positions[place])
        planned = self.paths[place]
        return {
            mask_of(planned.path[:length]): Node(evaluated=True, score=score, visits=0, value=None)
            for length, score in enumerate(planned.scores)
        }

    def index(self, plans: PlanStore) -> PathFile:
        """As a file would hold it. Raises UsageError where there is no path to hand on."""
        index = self.file if self.record is None else index_of(plans, self.record)
        if index is None or not index.entries:
            raise UsageError(
                f"{self.name} has no path with a score to hand on",
                hint="give its plan command again to go on with it"
                if self.unfinished
                else "plan again under another --name, with a larger --context or another --judge",
            )
        return index


def look_up(plans: PlanStore, name: str) -> Lookup:
    """Raises UsageError with the names there are, BadInput for an index that is damaged."""
    record = plans.find(name)
    if record is not None:
        done = plans.done(record.id)
        return Lookup(name, record.settings, tuple(done), tuple(done.values()), record, None)
    file = find_file(name)
    if file is not None:
        found = tuple(entry.planned for entry in file.entries)
        return Lookup(name, file.fingerprints, tuple(range(len(found))), found, None, file)
    names = list(dict.fromkeys([*(plan.name for plan in plans.all()), *index_names()]))
    raise UsageError(
        f"there is no plan {name!r}",
        hint=(f"plans: {', '.join(names[-8:])}; " if names else "") + "penguin-local plan makes one",
    )


def remove(plans: PlanStore, found: Lookup) -> None:
    """From the database and the data folder; a bundled index stays. Raises UsageError for that."""
    if found.record is None and not own_file(found.name).exists():
        raise UsageError(f"{found.name} comes along and stays", hint="only your own plans can be removed")
    if found.record is not None:
        plans.delete(found.name)
    own_file(found.name).unlink(missing_ok=True)


def listed(plans: PlanStore) -> list[dict[str, Cell]]:
    """One row a plan, then one for each index from elsewhere."""
    records = plans.all()
    rows = [_plan_row(record) for record in records]
    own = {record.name for record in records}
    return rows + [_file_row(name) for name in index_names() if name not in own]


def _plan_row(record: PlanRecord) -> dict[str, Cell]:
    begun = f"{record.created:%Y-%m-%d %H:%M}"
    row = _row(record.name, "planned here", record.settings, record.planned, record.unscored)
    return {**row, "begun_utc": begun, "finished": record.finished}


def _file_row(name: str) -> dict[str, Cell]:
    kind = "bundled" if is_bundled(name) else "imported"
    try:
        file = find_file(name)
    except BadInput:
        return {**_row(name, kind, {}, 0, 0), "note": "damaged"}
    paths = [entry.planned for entry in file.entries] if file else []
    return _row(name, kind, file.fingerprints if file else {}, len(paths), sum(p.unscored for p in paths))


def _row(
    name: str, kind: str, settings: Mapping[str, Setting], scenarios: int, unscored: int
) -> dict[str, Cell]:
    notes = (
        (n.partition(":")[0] for n in path_notices(settings, evaluations=0, unscored=0)) if settings else ()
    )
    return {
        "plan": name,
        "kind": kind,
        "begun_utc": "",
        **{key: str(settings.get(key, "")) for key in ("model", "judge", "rule")},
        "scenarios": scenarios,
        "finished": scenarios,
        "unscored": unscored,
        "note": ", ".join(notes),
    }
