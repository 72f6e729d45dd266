"""Does the screen answer a key at once while the model works?

    python -m benchmarks.tui_latency
    python -m benchmarks.tui_latency --keys 1000 --threads 2

The whole program over textual's pilot: the bundled model answers in its worker process on as many threads as the
machine has cores, the session drives it, and answer after answer streams into the conversation. Meanwhile a key is
pressed every 60 to 180 ms (seeded); its latency is from the moment it is handed to the app to the picture, sent to the
terminal, that shows the letter in the box. Only keys that were pressed and answered while the model worked count.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from textual import events
from textual.strip import Strip

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from penguin_local.agent.crisis import Watch  # noqa: E402
from penguin_local.agent.dialogue_events import DialogueSettings  # noqa: E402
from penguin_local.agent.helplines import bundled_helplines  # noqa: E402
from penguin_local.agent.questions import load_questions  # noqa: E402
from penguin_local.agent.session import Session  # noqa: E402
from penguin_local.agent.session_models import ChatSettings, Minds  # noqa: E402
from penguin_local.lm.catalogue import find_model  # noqa: E402
from penguin_local.lm.worker import Order, Worker  # noqa: E402
from penguin_local.safety.answering import AnswerSettings  # noqa: E402
from penguin_local.store.casebook import CaseAbout, Casebook, CaseInfo  # noqa: E402
from penguin_local.tui.app import ChatApp  # noqa: E402
from penguin_local.tui.deps import Deps, Loading, Models  # noqa: E402
from penguin_local.tui.screens.chat import ChatScreen  # noqa: E402

BAR_MS = 50.0
QUESTION = "I cannot sleep before work any more. Should I hand in my notice, or talk to somebody first?"
SHORTEST, LONGEST = 0.06, 0.18
"""Seconds between two keys."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"
FULL = 60
"""Letters in the box after which it is emptied."""


class Watched(ChatApp):
    """Tells when something was drawn."""

    drawn: Callable[[], None] = staticmethod(lambda: None)

    def _display(self, screen: object, renderable: object) -> None:
        super()._display(screen, renderable)  # type: ignore[arg-type]  # handed on as it came
        self.drawn()


def main() -> int:
    """Exit code 1 when the bar is missed."""
    arguments = _arguments()
    order = Order(file=find_model(None), threads=arguments.threads, ignore_end=True, gives_way=True)
    model = Worker(order)
    try:
        latencies = asyncio.run(measure(_deps(model), arguments.keys, arguments.seed))
    finally:
        model.close()
    p99 = statistics.quantiles(latencies, n=100)[98]
    print(
        f"{len(latencies):,} keys while the model worked ({model_name(order)}, {arguments.threads} threads, "
        f"{os.cpu_count()} cores): median {statistics.median(latencies):.1f} ms, p99 {p99:.1f} ms, "
        f"longest {max(latencies):.1f} ms; bar {BAR_MS:.0f} ms at p99"
    )
    return 0 if p99 < BAR_MS else 1


def model_name(order: Order) -> str:
    """What works."""
    return order.file.name


async def measure(deps: Deps, keys: int, seed: int) -> list[float]:
    """Milliseconds of every key that counts."""
    rng = random.Random(seed)
    app = Watched(deps)
    latencies: list[float] = []
    async with app.run_test(size=(140, 40)) as pilot:
        while app.casebook is None:
            await pilot.pause(0.01)
        app.open_case(app.casebook.create(CaseAbout("benchmark")))
        while not (isinstance(app.screen, ChatScreen) and app.screen.runner is not None):
            await pilot.pause(0.01)
        screen = app.screen
        screen.stage.composer.put(QUESTION)
        app.post_message(events.Key("enter", "\r"))
        while len(latencies) < keys:
            await asyncio.sleep(rng.uniform(SHORTEST, LONGEST))
            if not _working(screen):
                screen.stage.composer.clear()
                await screen.action_again()
                continue
            taken = await _press(app, screen, rng.choice(LETTERS))
            if _working(screen):
                latencies.append(1000 * taken)
        await screen.close_session()
    return latencies


def _working(screen: ChatScreen) -> bool:
    return screen.runner is not None and screen.runner.running


async def _press(app: Watched, screen: ChatScreen, letter: str) -> float:
    """Seconds from the key to its picture."""
    box = screen.stage.composer.box
    if len(box.text) > FULL:
        screen.stage.composer.clear()
    box.focus()
    wanted = len(box.text) + 1
    seen = asyncio.Event()

    drawn_line = box.render_line
    painted = False

    def spy(y: int) -> Strip:
        nonlocal painted
        painted = painted or len(box.text) >= wanted
        return drawn_line(y)

    def drawn() -> None:
        if painted:
            seen.set()

    box.render_line = spy  # type: ignore[method-assign]  # looked at while it draws
    app.drawn = drawn
    began = time.perf_counter()
    app.post_message(events.Key(letter, letter))
    await seen.wait()
    taken = time.perf_counter() - began
    box.render_line = drawn_line  # type: ignore[method-assign]
    return taken


def _deps(model: Worker) -> Deps:
    def session(casebook: Casebook, case: CaseInfo, tell: Callable[[Loading], None]) -> Session:
        settings = ChatSettings(dialogue=DialogueSettings(budget=0), answer=AnswerSettings(max_tokens=384))
        return Session(
            casebook,
            case,
            Minds(model, model),
            settings=settings,
            watch=Watch(),
            questions=load_questions(),
        )

    name = model.info.name
    return Deps(
        files=None,
        make_session=session,
        models=Models(name, name, chat_demonstration=True, judge_demonstration=True),
        helplines=bundled_helplines(),
        shield="offline",
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keys", type=int, default=500)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
