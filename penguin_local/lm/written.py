"""Short texts by a model, as they are wanted where half of one is of no use."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from penguin_local.errors import Cancelled
from penguin_local.lm.base import Done, Finish, GenerateRequest, LanguageModel


def whole_texts(
    model: LanguageModel, requests: Sequence[GenerateRequest], *, cancel: threading.Event | None, what: str
) -> list[str]:
    """One a request, empty where it did not come to its own end. Raises Cancelled: stopped while writing `what`."""
    texts = [""] * len(requests)
    for event in model.generate(requests, cancel=cancel):
        if isinstance(event, Done):
            if event.finish is Finish.CANCELLED:
                raise Cancelled(f"stopped while writing {what}")
            texts[event.index] = event.text if event.finish is Finish.STOP else ""
    return texts
