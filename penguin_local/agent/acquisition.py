"""Which attribute next: a choice among those not asked yet, so that an impossible one cannot come out."""

from __future__ import annotations

from collections.abc import Mapping

from penguin_local.agent.situation import Situation
from penguin_local.core.attributes import Attribute
from penguin_local.lm.base import ChooseRequest, Distribution

PREFILL = "Next: "


def next_request(situation: Situation, *, mark: str) -> ChooseRequest:
    """Raises ValueError when nothing may be asked any more."""
    if not situation.askable:
        raise ValueError("every attribute is known, declined or open")
    return ChooseRequest(situation.messages(mark), tuple(a.label for a in situation.askable), prefill=PREFILL)


def read_next(distribution: Distribution) -> Mapping[Attribute, float]:
    """How promising each askable attribute is, summing to 1; empty when the model gave no finite number.

    As the planner's prior this is P(a | q, U) of eq. 3 of arXiv 2505.18882.
    """
    by_label = {attribute.label: attribute for attribute in Attribute}
    return {
        by_label[label]: p for label, p in zip(distribution.options, distribution.probabilities, strict=False)
    }
