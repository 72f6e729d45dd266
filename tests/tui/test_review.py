"""The screen on which drafts are looked over: keys do what they say, and what tells too much is not accepted."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from textual.widgets import Input, Select, Static

from penguin_local.core.attributes import Attribute, Domain
from penguin_local.core.background import Background, Value
from penguin_local.corpus.extraction_draft import Decision, Draft
from penguin_local.corpus.extraction_query import faults
from penguin_local.errors import UsageError
from penguin_local.tui.discreet import BROKEN
from penguin_local.tui.review import DONE, KEPT, ReviewApp

pytestmark = pytest.mark.asyncio
KNOWN = Background.of({Attribute.AGE: Value("25-34"), Attribute.PROFESSION: Value("nurse")})


def draft(number: int, question: str = "Should I learn to swim this year?", text: str = "A post.") -> Draft:
    return Draft(f"1:{number}", Domain.LIFE, text, KNOWN, question)


@dataclass
class Pile:
    """A desk in memory."""

    waiting: list[Draft]
    decided: list[tuple[Draft, Decision]] = field(default_factory=list)

    @property
    def open(self) -> list[Draft]:
        return list(self.waiting)

    def decide(self, draft: Draft, decision: Decision) -> None:
        if decision is Decision.ACCEPTED and faults(draft.question, draft.known):
            raise UsageError("the question tells too much", hint="correct it")
        self.decided.append((draft, decision))


def shown(app: ReviewApp, place: str) -> str:
    return str(app.query_one(place, Static).render())


async def test_keys_accept_drop_and_leave_for_later() -> None:
    pile = Pile([draft(1), draft(2), draft(3)])
    app = ReviewApp(pile)
    async with app.run_test(size=(120, 36)) as pilot:
        assert "1:1, life; 2 more after this" in shown(app, "#where")
        await pilot.press("f2")
        await pilot.press("f6")
        await pilot.press("f4")
        assert shown(app, "#where") == DONE
        await pilot.press("f2")
    assert [(d.place, decision) for d, decision in pile.decided] == [
        ("1:1", Decision.ACCEPTED),
        ("1:3", Decision.DROPPED),
    ]


async def test_values_and_question_can_be_corrected() -> None:
    pile = Pile([draft(1)])
    app = ReviewApp(pile)
    async with app.run_test(size=(120, 36)) as pilot:
        app.query_one("#age", Select).value = "55+"
        app.query_one("#profession", Select).clear()
        app.query_one("#question", Input).value = "May I swim alone?"
        await pilot.pause()
        await pilot.press("f2")
    ((accepted, _),) = pile.decided
    assert accepted.known == Background.of({Attribute.AGE: Value("55+")})
    assert accepted.question == "May I swim alone?"


async def test_a_question_that_tells_too_much_says_so_and_stays() -> None:
    pile = Pile([draft(1, "As a nurse, should I go?")])
    app = ReviewApp(pile)
    async with app.run_test(size=(120, 36)) as pilot:
        assert "gives away: profession" in shown(app, "#wrong")
        await pilot.press("f2")
        assert pile.decided == []
        app.query_one("#question", Input).value = "Should I go there at all?"
        await pilot.pause()
        assert shown(app, "#wrong") == ""
        await pilot.press("f2")
    assert len(pile.decided) == 1


@pytest.mark.parametrize("text", ["\x1b]52;c;x\x07", "[bold]not markup[/bold]", "\u202ereversed"])
async def test_a_post_cannot_drive_the_terminal(text: str) -> None:
    app = ReviewApp(Pile([draft(1, text=f"{text} post")]))
    async with app.run_test(size=(120, 36)):
        told = shown(app, "#text")
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "post" in told


async def test_an_empty_pile_is_no_fault() -> None:
    app = ReviewApp(Pile([]))
    async with app.run_test(size=(60, 18)) as pilot:
        await pilot.press("f2", "f4", "f6")
        assert shown(app, "#where") == DONE


async def test_a_fault_of_ours_shows_nothing_of_the_post(capsys: pytest.CaptureFixture[str]) -> None:
    class Broken(Pile):
        def decide(self, draft: Draft, decision: Decision) -> None:
            raise RuntimeError(draft.text)

    app = ReviewApp(Broken([draft(1, text="words of the post")]))
    with pytest.raises(RuntimeError):
        async with app.run_test() as pilot:
            await pilot.press("f2")
    assert app.return_code == 1
    told = " ".join("".join(capsys.readouterr()).split())
    assert told == " ".join(BROKEN.format(kind="RuntimeError", kept=KEPT).split())
