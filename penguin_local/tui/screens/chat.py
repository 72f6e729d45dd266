"""The chat screen: a conversation, and all that its keys do."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on

from penguin_local.agent.crisis_levels import Reading
from penguin_local.tui.deps import Talk
from penguin_local.tui.keys import Where, bindings
from penguin_local.tui.screens.base import WIDE
from penguin_local.tui.screens.dialogs import Confirm
from penguin_local.tui.screens.results import Intake, Screening
from penguin_local.tui.screens.talking import Talking
from penguin_local.tui.screens.value import Change, ValueDialog
from penguin_local.tui.widgets.compare import CompareCard
from penguin_local.tui.widgets.doing import Doing
from penguin_local.tui.widgets.panel import Panel


class ChatScreen(Talking):
    """One case, open."""

    FOOT = ("help", "panel", "helplines", "cases", "lock", "quit")
    BINDINGS: ClassVar = bindings(Where.CHAT)

    def action_stop(self) -> None:
        """What is at work; else the panel that lies over the conversation; else back to the box."""
        if self.runner is not None and self.runner.running:
            self.runner.stop()
            self.stage.status.say("stopping", busy=True)
        elif self.has_class("-panel-shown") and self.size.width < WIDE:
            self.remove_class("-panel-shown")
        self.stage.composer.focus_box()

    def action_panel(self) -> None:
        """Beside the conversation where there is room, else over it."""
        wide = self.size.width >= WIDE
        self.toggle_class("-panel-hidden" if wide else "-panel-shown")
        if (wide and not self.has_class("-panel-hidden")) or (not wide and self.has_class("-panel-shown")):
            self.query_one("#known").focus()
        else:
            self.stage.composer.focus_box()

    async def action_again(self) -> None:
        """Another try; where there is no answer yet, the first."""
        answered = bool(self.state.turns and self.state.turns[-1].answers)
        card = self.stage.conversation.last_answer() if answered else None
        await self.wish(Doing.ANSWER, lambda talk, cancel: talk.regenerate(cancel), card)

    async def action_turn_try(self, step: int) -> None:
        """Through the tries of the last answer."""
        card = self.stage.conversation.last_answer()
        if card is not None:
            await card.action_turn(step)

    async def action_judge(self) -> None:
        """Three scores with reasons."""
        await self.wish(Doing.JUDGE, lambda talk, cancel: talk.judge(cancel))

    async def action_compare(self) -> None:
        """The context-free answer beside the last one."""
        last = self.state.last_answer
        if last is None:
            self.stage.status.say("there is no answer yet to compare with")
            return
        await self.wish(Doing.COMPARE, lambda talk, cancel: talk.compare(cancel), CompareCard(last.text))

    async def action_summary(self) -> None:
        """A summary that makes room; shown and edited before it counts."""
        await self.wish(Doing.SUMMARY, lambda talk, cancel: talk.summarise(cancel))

    def action_copy_answer(self) -> None:
        """The try that is shown of the last answer; the app says what that means."""
        card = self.stage.conversation.last_answer()
        if card is None:
            self.stage.status.say("there is no answer yet to copy")
        else:
            self.app.copy_to_clipboard(card.text)

    async def action_cases(self) -> None:
        """Leave this case; what was being said is kept."""
        await self.close_session()
        self.chat_app.show_cases()

    def action_search(self) -> None:
        """In this case, or in all."""
        from penguin_local.tui.screens.search import SearchScreen

        self.app.push_screen(SearchScreen(self.casebook, self.case), self._found)

    async def _found(self, place: tuple[str, int] | None) -> None:
        if place is None:
            return
        case_id, entry = place
        if case_id == self.case.id:
            if self.runner is None or not self.runner.running:
                # What was said since the case was opened has no number on the screen yet.
                await self.stage.conversation.load(self.state.lines)
            await self.stage.conversation.reach(entry)
        else:
            await self.close_session()
            self.chat_app.show_case(case_id, entry=entry)

    @on(Panel.Correct)
    def _correct(self, event: Panel.Correct) -> None:
        attribute = event.attribute
        dialog = ValueDialog(attribute, self.state)

        def change(chosen: Change | None) -> None:
            if chosen is not None:
                self._change(chosen)

        self.app.push_screen(dialog, change)

    def _change(self, change: Change) -> None:
        attribute, outcome = change.attribute, change.outcome
        if outcome is not None:
            self.beside(lambda talk: talk.withhold(attribute, outcome))
        else:
            self.beside(lambda talk: talk.correct(attribute, change.value), self.alarmed)

    def action_consent(self) -> None:
        """What is kept and how, in words to be read out; yes and no are both recorded, Esc is neither."""
        from penguin_local.agent.session import CONSENT

        def answered(agreed: bool | None) -> None:
            if agreed is not None:
                self.beside(lambda talk: talk.consent(agreed))

        self.app.push_screen(Confirm("Do they agree?", CONSENT, yes="They agree", no="They do not"), answered)

    def action_intake(self) -> None:
        """The form of ten, all optional."""
        from penguin_local.tui.screens.intake import IntakeScreen

        state = self.state
        self.app.push_screen(IntakeScreen(state.known, state.declined, state.unsure), self._taken_in)

    def _taken_in(self, intake: Intake | None) -> None:
        if intake is not None:
            self._read(lambda talk: talk.intake(intake.values, intake.withheld))

    def action_screening(self) -> None:
        """Results of a screening."""
        from penguin_local.tui.screens.screening import ScreeningScreen

        self.app.push_screen(ScreeningScreen(), self._screened)

    def action_forms(self) -> None:
        """A form of the counsellor's own."""
        from penguin_local.tui.screens.forms_screen import FormScreen

        self.app.push_screen(FormScreen(self.chat_app.deps.forms), self._screened)

    def _screened(self, result: Screening | None) -> None:
        if result is not None:
            self._read(lambda talk: talk.screened(result.screened, result.level, result.reasons))

    def _read(self, call: Callable[[Talk], Reading]) -> None:
        self.beside(call, self.alarmed)
