"""The chat screen: a conversation, and all that its keys do."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import on
from textual.actions import SkipAction

from penguin_local.agent.entering import CONSENT, CONSENT_TRACELESS, Entering
from penguin_local.store.casebook import Casebook, CaseInfo
from penguin_local.tui.keys import Where, bindings, label
from penguin_local.tui.screens.dialogs import Confirm
from penguin_local.tui.screens.results import Intake, Screening
from penguin_local.tui.screens.talking import Talking
from penguin_local.tui.screens.value import Change, ValueDialog
from penguin_local.tui.widgets.compare import CompareCard
from penguin_local.tui.widgets.doing import Doing
from penguin_local.tui.widgets.panel import Panel

CLIENT_AGREES: Final = ("Do they agree?", "They agree", "They do not")
DELETES: Final = "in the list of cases, {cases}, by {delete}"
ONE_AGREES: Final = ("Do you agree?", "I agree", "I do not")


class ChatScreen(Talking):
    """One case, open."""

    FOOT = ("help", "panel", "helplines", "cases", "lock", "quit")
    BINDINGS: ClassVar = bindings(Where.CHAT)

    def __init__(
        self, casebook: Casebook, case: CaseInfo, *, entry: int | None = None, new: bool = False
    ) -> None:
        """`new`: it was made just now."""
        super().__init__(casebook, case, entry=entry)
        self._client = case.about.mode == "client"
        self._asks_first = new and self._client

    @property
    def foot(self) -> tuple[str, ...]:
        """Where it is about somebody else, consent too."""
        return (*self.FOOT, "consent") if self._client else self.FOOT

    def on_mount(self) -> None:
        """What somebody else would have to agree to comes before anything is written of them."""
        if self._asks_first:
            self.call_after_refresh(self._ask_first)

    def _ask_first(self) -> None:
        if self.is_current:
            self.action_consent()

    def action_stop(self) -> None:
        """What is at work; else the panel that lies over the conversation; else back to the box."""
        if self.runner is not None and self.runner.running:
            self.runner.stop()
            self.stage.status.say("stopping", busy=True)
        elif self.has_class("-panel-shown") and not self.has_class("-wide"):
            self.remove_class("-panel-shown")
        self.stage.composer.focus_box()

    def action_page(self, step: int) -> None:
        """The conversation, also while the box has the focus; what else scrolls has its own pages."""
        stage, focused = self.stage, self.focused
        if focused is not None and {stage.composer, stage.conversation}.isdisjoint(
            focused.ancestors_with_self
        ):
            raise SkipAction
        stage.conversation.page(step)

    def action_oldest(self) -> None:
        """As far up as is drawn."""
        self.stage.conversation.rise(self.stage.conversation.scroll_y)

    def action_newest(self) -> None:
        """Where it goes on, and with it from there."""
        self.stage.conversation.follow()

    def action_panel(self) -> None:
        """Beside the conversation where there is room, else over it."""
        wide = self.has_class("-wide")
        self.toggle_class("-panel-hidden" if wide else "-panel-shown")
        if (wide and not self.has_class("-panel-hidden")) or (not wide and self.has_class("-panel-shown")):
            self.query_one("#known").focus()
        else:
            self.stage.composer.focus_box()

    async def action_again(self) -> None:
        """Another try; where there is no answer yet, the first; where no model came to be, at loading it."""
        if self._failed:
            self._failed = False
            self._open()
            return
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
        await self.wish(Doing.COMPARE, lambda talk, cancel: talk.compare(cancel), CompareCard(last))

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
            self.enter(lambda entering: entering.withhold(attribute, outcome))
        else:
            self.enter(lambda entering: entering.correct(attribute, change.value), self.alarmed)

    def action_consent(self) -> None:
        """What is kept and how, in words to be read out; yes and no are both recorded, Esc is neither."""
        key = label("consent", self.chat_app.deps.settings.keymap)
        text = f"{self._consent_words()}\n\nTab and Enter answer; Esc leaves this open, and {key} brings it back."
        title, yes, no = CLIENT_AGREES if self._client else ONE_AGREES
        dialog = Confirm(title, text, yes=yes, no=no, harmless=False)
        self.app.push_screen(dialog, self._consented)

    def _consent_words(self) -> str:
        return CONSENT_TRACELESS if self.casebook.traceless else CONSENT

    def _consented(self, agreed: bool | None) -> None:
        if agreed is None:
            return
        keymap = self.chat_app.deps.settings.keymap
        # One key is enough to name.
        how = DELETES.format(cases=label("cases", keymap), delete=label("delete-case", keymap).split(", ")[0])

        def consent(entering: Entering) -> str:
            entering.consent(agreed)
            return "" if agreed else entering.declined_words(how)

        def tell(follows: str) -> None:
            if follows:
                self.run_worker(self.stage.note(follows))

        self.enter(consent, tell)

    def action_intake(self) -> None:
        """The form of ten, all optional."""
        from penguin_local.tui.screens.intake import IntakeScreen

        state = self.state
        self.app.push_screen(IntakeScreen(state.known, state.declined, state.unsure), self._taken_in)

    def _taken_in(self, intake: Intake | None) -> None:
        if intake is not None:
            self.enter(lambda entering: entering.intake(intake.values, intake.withheld), self.alarmed)

    def action_screening(self) -> None:
        """Results of a screening."""
        from penguin_local.tui.screens.screening import ScreeningScreen

        self.app.push_screen(ScreeningScreen(), self._screened)

    def action_forms(self) -> None:
        """A form of the counsellor's own; where there is none, where one would go."""
        from penguin_local.agent.own_forms import own_files
        from penguin_local.tui.screens.forms_screen import FormScreen, no_forms

        folder = self.chat_app.deps.forms
        if own_files(folder) or (folder is not None and not folder.is_dir()):
            self.app.push_screen(FormScreen(folder), self._screened)
            return

        def answered(example: bool | None) -> None:
            if example:
                self.app.push_screen(FormScreen(None), self._screened)

        self.app.push_screen(no_forms(folder), answered)

    def _screened(self, result: Screening | None) -> None:
        if result is not None:
            self.enter(
                lambda entering: entering.screened(result.screened, result.level, result.reasons),
                self.screened,
            )
