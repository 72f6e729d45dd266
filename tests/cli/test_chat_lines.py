"""The line mode with a scripted model: what is typed, Ctrl-C among it, and what is said to it."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass, field

from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.helplines import OPENING
from penguin_local.agent.record import Removed
from penguin_local.agent.session import STOPPED_TRACELESS, Session
from penguin_local.cli.chat_asking import AGAIN, LATER
from penguin_local.cli.chat_plain import LEAVING, PlainChat
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.lm.base import GenerateRequest
from penguin_local.lm.scripted import Scripted, info
from penguin_local.store.casebook import NoTrace
from tests.agent.test_asking import asking_about
from tests.agent.test_session import QUESTION, TALKER, session, weigh

CTRL_C = "\x03"
UNANSWERED = "What was said last has no answer yet; /again asks for one."


@dataclass
class Typed:
    """A person at a terminal: Ctrl-C is the signal that a terminal makes of it."""

    lines: list[str]
    told: list[str] = field(default_factory=list)

    def read(self, prompt: str) -> str | None:
        line = self.lines.pop(0) if self.lines else None
        if line == CTRL_C:
            signal.raise_signal(signal.SIGINT)
        return line

    def write(self, text: str, *, end: str = "\n") -> None:
        self.told.append(text)


def held(typed: Sequence[str], talk: Session | None = None) -> Typed:
    """A whole conversation."""
    lines = Typed(list(typed))
    PlainChat(
        talk or session(), lines, where=lambda: "in Germany", numbers=lambda: ["Danger to life now: 112"]
    ).talk()
    return lines


def test_ctrl_c_at_the_prompt_says_how_to_leave_and_leaves_when_it_comes_again() -> None:
    before = signal.getsignal(signal.SIGINT)

    ended = held([CTRL_C, "/title The heron", CTRL_C, CTRL_C, "/title The owl"])

    assert ended.told[2:] == [LEAVING, "Renamed.", LEAVING]
    assert ended.lines == ["/title The owl"]
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_at_a_question_ends_the_question_alone() -> None:
    ended = held([QUESTION, CTRL_C, CTRL_C, "/again", "/answer"])

    stopped = ended.told.index(STOPPED_TRACELESS)
    assert ended.told[stopped + 1] == LEAVING
    assert TALKER in "".join(ended.told[stopped:])


def test_ctrl_c_in_the_middle_of_an_answer_or_just_when_it_is_done_ends_no_conversation() -> None:
    def pressed(request: GenerateRequest) -> str:
        signal.raise_signal(signal.SIGINT)
        return TALKER

    talk = session(model=Scripted(answer=pressed, weigh=weigh, info=info(context_tokens=700)))
    stopped = held([QUESTION, "/answer", "/known"], talk)
    assert any(line.startswith("(stopped;") for line in stopped.told)
    assert LEAVING not in stopped.told
    assert "age: not known" in stopped.told

    class Late(Typed):
        def write(self, text: str, *, end: str = "\n") -> None:
            super().write(text, end=end)
            if text == "Renamed.":
                signal.raise_signal(signal.SIGINT)

    late = Late(["/title The heron", "/known"])
    PlainChat(session(), late, where=lambda: "", numbers=list).talk()
    assert late.told[2:4] == ["Renamed.", LEAVING]
    assert "age: not known" in late.told


def test_what_was_not_known_is_not_taken_back() -> None:
    talk = session()

    told = held(
        [QUESTION, "/skip", "/answer", "/forget gender", "/forget age", "/set age = 25-34", "/forget age"],
        talk,
    ).told

    assert "gender: nothing was known of it." in told
    assert [line for line in told if line.startswith("Taken back.")] == [
        "Taken back. It may be asked about again.",
        "Taken back. The next answer will say so.",
    ]
    removed = [line.entry for line in talk.state.lines if isinstance(line.entry, Removed)]
    assert [entry.attribute.label for entry in removed] == ["age", "age"]


def test_at_a_question_a_word_that_is_none_is_named_and_one_that_waits_is_told_so() -> None:
    told = held(["/wrong", QUESTION, "/wrong", "/judge", "/answer", "/skip"]).told

    unknown = "there is no /wrong: /help lists what can be typed"
    assert told.count(unknown) == 2
    asked = told[told.index(unknown, told.index(unknown) + 1) - 3]
    again = AGAIN.format(question=asked)
    at = told.index(again)
    assert told[at - 1 : at + 3] == [unknown, again, LATER, again]
    assert told[-1] == "There is no question open just now."


def test_a_case_that_waits_for_an_answer_says_so_when_it_is_opened() -> None:
    book = NoTrace()
    talk = session(casebook=book)
    assert UNANSWERED not in held([QUESTION, CTRL_C], talk).told

    told = held(["/again", "/answer"], talk).told

    assert told[2] == UNANSWERED
    assert TALKER in "".join(told)
    assert UNANSWERED not in held([], talk).told


def test_a_summary_that_is_taken_is_told_in_words_that_hold_where_nothing_is_kept() -> None:
    told = held([QUESTION, "/answer", "/summary", "/keep"]).told

    assert "Taken. From here on the model reads the summary; nothing was deleted." in told


def test_words_of_concern_point_to_people_that_are_named_where_they_are_listed() -> None:
    told = held(["I feel so hopeless and worthless", "/answer"]).told

    at = told.index("/helplines shows whom to call in Germany, at any time.")
    assert told[at - 1] == OPENING[Level.CONCERN]
    assert "these" not in told[at - 1]


def test_words_said_to_being_asked_are_no_answer_and_a_yes_shows_the_question() -> None:
    talk = asking_about(Attribute.SELF_HARM)

    told = held([QUESTION, "what do you mean?", "2", "yes, if you need to", "/skip"], talk).told

    permission = [line for line in told if "May I ask about it?" in line]
    assert len(permission) == 3
    assert told[told.index(permission[1]) - 1].startswith("why: ")
    assert "I could not tell whether that is a yes; a yes or a no is enough." in told
    assert "usual: 1 none, 2 yes" in told
    assert "self-harm history: not to be asked about." in told
    assert talk.state.known.get(Attribute.SELF_HARM) is None


def test_what_was_told_before_the_question_is_said_again_beside_it() -> None:
    told = held([QUESTION, "anger, all day", "4"], talk := asking_about(Attribute.EMOTION)).told

    assert (
        "You wrote “anger, all day”: is it 4 anger? A number says so, and your words are kept beside it."
        in told
    )
    assert talk.state.known.get(Attribute.EMOTION) == Value("anger", "anger, all day")
