"""Looking drafts over: what was decided, what is left, and the set of those that were accepted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from penguin_local import paths
from penguin_local.bench.scenario_sets import SetEntry, check_name, keep_set
from penguin_local.core.background import Profile
from penguin_local.core.scenario import Scenario
from penguin_local.corpus.duplicates import clusters
from penguin_local.corpus.extraction_draft import Decision, Draft, draft_of, row_of
from penguin_local.corpus.extraction_query import faults
from penguin_local.errors import BadInput, UsageError
from penguin_local.store.drafts import Journal, Line


@dataclass(slots=True)
class Review:
    """All drafts of one extraction, and what was decided of them, in order."""

    name: str
    journal: Journal
    reader: str
    drafts: list[Draft]
    decisions: dict[str, Decision]
    counts: Counter[str] = field(default_factory=Counter)
    """Why posts gave no draft."""
    broken: list[str] = field(default_factory=list)
    """`1:6`: line 6 of the first dump could not be read."""
    read: int = 0
    """Posts that were weighed, whatever came of them."""

    @classmethod
    def of(cls, name: str) -> Review:
        """Raises UsageError when there is no such extraction, BadInput when its journal is damaged."""
        check_name(name, replace=True)
        journal = Journal(journal_path(name))
        head, lines = journal.read()
        review = cls(name, journal, str(head.get("reader")), [], {})
        for number, line in enumerate(lines, 2):
            try:
                review._learn(line)
            except (KeyError, TypeError, ValueError, AttributeError):
                raise BadInput(
                    f"{journal.path}:{number}: not a line of this version", hint=f"remove {journal.path}"
                ) from None
        return review

    def _learn(self, line: Line) -> None:
        if "dump" in line:
            self.counts.update(line["counts"])
            self.read += line["read"]
            self.broken += [f"{line['dump']}:{number}" for number in line["broken"]]
            for row in line["drafts"]:
                self.drafts.append(draft_of(row))
                self.decisions.setdefault(row["place"], Decision(row.get("decision", Decision.OPEN)))
        elif "decided" in line:
            self.decisions[line["decided"]] = Decision(line["decision"])
            if "draft" in line:
                corrected = draft_of(line["draft"])
                self.drafts = [corrected if d.place == corrected.place else d for d in self.drafts]

    @property
    def open(self) -> list[Draft]:
        """Nobody has decided on these yet."""
        return [d for d in self.drafts if self.decisions[d.place] is Decision.OPEN]

    def tally(self) -> Counter[Decision]:
        """How many of each."""
        return Counter(self.decisions.values())

    def decide(self, draft: Draft, decision: Decision) -> None:
        """Keep a decision at once; a draft that was corrected is given as it is now.

        Raises UsageError for one that cannot be accepted as it stands.
        """
        wrong = faults(draft.question, draft.known) if decision is Decision.ACCEPTED else ()
        if wrong:
            raise UsageError(f"the question: {'; '.join(wrong)}", hint="correct it, or drop the draft")
        line: dict[str, Any] = {"decided": draft.place, "decision": decision.value, "draft": row_of(draft)}
        self.journal.append([line])
        self._learn(line)

    def finish(self, *, replace_set: bool = True) -> SetEntry | None:
        """The accepted ones as a set of that name, and the posts' texts of all decided ones forgotten."""
        accepted = [d for d in self.drafts if self.decisions[d.place] is Decision.ACCEPTED]
        self.drafts = [
            d if self.decisions[d.place] is Decision.OPEN else replace(d, text="") for d in self.drafts
        ]
        _, lines = self.journal.read()
        by_place = {d.place: d for d in self.drafts}
        groups = [line for line in lines if "dump" in line]
        for line in groups:
            line["drafts"] = [
                row_of(by_place[row["place"]]) | {"decision": self.decisions[row["place"]].value}
                for row in line["drafts"]
            ]
        self.journal.settle(iter(groups))
        if not accepted:
            return None
        return keep_set(_scenarios(self.name, self.reader, accepted), self.name, replace=replace_set)


def journal_path(name: str) -> Path:
    """Where the journal of an extraction lies."""
    return paths.user_data() / "extractions" / f"{name}.jsonl"


def _scenarios(name: str, reader: str, accepted: list[Draft]) -> list[Scenario]:
    firsts = clusters([f"{d.question} {' '.join(str(v) for _, v in d.known)}" for d in accepted])
    bases: dict[int, str] = {}
    members: Counter[str] = Counter()
    made = []
    for number, (draft, first) in enumerate(zip(accepted, firsts, strict=True)):
        bases.setdefault(first, f"{name}/{draft.domain}/{number:05d}")
        members[bases[first]] += 1
        copy = members[bases[first]]
        made.append(
            Scenario(
                bases[first] if copy == 1 else f"{bases[first]}~{copy}",
                draft.domain,
                f"a {draft.domain} question from a forum",
                draft.question,
                Profile(draft.known),
                f"extracted by {reader}, looked over by a person",
            )
        )
    return made
