"""When Python looks through all its objects for garbage: while nobody is typing.

It does so on its own every few seconds while an answer streams in, and with a hundred thousand objects of textual, the
crisis layer and the vault it stops for a tenth of a second or longer: on two cores that was most of the keys that
waited longer than 50 ms (`benchmarks/tui_latency.py`).
"""

from __future__ import annotations

import gc


def settle() -> None:
    """Collect what is garbage, then look past all that is there until the next time.

    What an earlier call set aside is looked through as well: the widgets of a case that was closed go.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
