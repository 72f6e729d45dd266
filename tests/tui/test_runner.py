"""The thread that drives a session: what is sent to it, what it posts, and how it ends."""

from __future__ import annotations

from queue import SimpleQueue
from threading import Event, get_ident

import pytest
from textual.message import Message

from penguin_local.agent.dialogue_events import Declined, Reply, Told
from penguin_local.agent.record import Answered, Ended
from penguin_local.agent.session_events import Asking, Chosen, Finished, ReadingPrompt, Streamed
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Value
from penguin_local.errors import ModelError, UsageError
from penguin_local.store.casebook import CaseAbout, NoTrace
from penguin_local.tui.deps import Steps, Talk
from penguin_local.tui.runner import Broke, Overtaken, Rested, Runner, Stepped
from tests.tui.driving import Gate
from tests.tui.scripts import Acted, asks, told

PATIENCE = 20.0
"""Seconds until a test that hangs fails instead."""


class Post:
    """Where a runner's messages go."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Message] = SimpleQueue()
        self.seen: list[Message] = []

    def __call__(self, message: Message) -> None:
        self._queue.put(message)

    def until(self, kind: type[Message], step: type | None = None) -> Message:
        """The next message of this kind, with what came before it kept in `seen`."""
        while True:
            message = self._queue.get(timeout=PATIENCE)
            self.seen.append(message)
            fits = step is None or (isinstance(message, Stepped) and isinstance(message.step, step))
            if isinstance(message, kind) and fits:
                return message


def a_talk(**acted: object) -> Acted:
    book = NoTrace()
    return Acted(casebook=book, case=book.create(CaseAbout("Spring")), **acted)  # type: ignore[arg-type]  # handed on


@pytest.fixture
def post() -> Post:
    return Post()


def test_a_wish_runs_to_its_end_and_the_state_comes_with_the_steps_that_change_it(post: Post) -> None:
    runner = Runner(a_talk(), post)
    runner.start(lambda talk, cancel: talk.ask("hello", cancel))
    rested = post.until(Rested)
    assert isinstance(rested, Rested)
    assert rested.error is None
    assert not rested.stopped
    assert rested.state.turns[0].answer is not None
    for message in post.seen:
        if isinstance(message, Stepped):
            assert (message.state is None) == isinstance(message.step, Streamed | ReadingPrompt)
    runner.close().result(PATIENCE)


def test_a_question_whose_answer_is_set_beside_it_waits_for_no_reply(post: Post) -> None:
    talk = a_talk(ask_act=asks(Attribute.AGE, Attribute.GENDER))
    runner = Runner(talk, post)
    runner.start(lambda t, cancel: t.ask("hello", cancel))
    post.until(Stepped, Asking)
    runner.perform(lambda t: t.entering.correct(Attribute.PROFESSION, Value("student")))
    runner.perform(lambda t: t.entering.correct(Attribute.AGE, Value("25-34")))
    overtaken = post.until(Overtaken)
    assert isinstance(overtaken, Overtaken)
    assert overtaken.said == Chosen(Reply(Told(Value("25-34"))))
    post.until(Stepped, Asking)
    runner.reply(Chosen(Reply(Declined())))
    post.until(Rested)
    assert talk.heard == [overtaken.said, Chosen(Reply(Declined()))]
    runner.close().result(PATIENCE)


def test_a_reply_reaches_the_question_it_was_meant_for(post: Post) -> None:
    talk = a_talk(ask_act=asks(Attribute.AGE, Attribute.GENDER))
    runner = Runner(talk, post)
    runner.start(lambda t, cancel: t.ask("hello", cancel))
    for _ in range(2):
        post.until(Stepped, Asking)
        runner.reply(Chosen(Reply(Declined())))
    post.until(Rested)
    assert talk.heard == [Chosen(Reply(Declined()))] * 2
    runner.close().result(PATIENCE)


def test_stopping_ends_a_question_and_an_answer(post: Post) -> None:
    gate = Gate()
    states = []
    for act, ready in ((asks(Attribute.AGE), Asking), (gate.act, Streamed)):
        runner = Runner(a_talk(ask_act=act), post)
        runner.start(lambda t, cancel: t.ask("hello", cancel))
        post.until(Stepped, ready)
        runner.stop()
        rested = post.until(Rested)
        assert isinstance(rested, Rested)
        assert rested.stopped
        states.append(rested.state)
        runner.close().result(PATIENCE)
    answer = states[-1].last_answer
    assert isinstance(answer, Answered)
    assert answer.ended is Ended.STOPPED


def test_a_correction_is_made_between_two_steps_by_the_thread_of_the_session(post: Post) -> None:
    threads = set()

    def noticed(talk: Acted, text: str, cancel: Event) -> Steps:
        threads.add(get_ident())
        yield from asks(Attribute.AGE)(talk, text, cancel)

    def correct(talk: Talk) -> int:
        talk.entering.correct(Attribute.GENDER, Value("other"))
        return get_ident()

    talk = a_talk(ask_act=noticed)
    runner = Runner(talk, post)
    runner.start(lambda t, cancel: t.ask("hello", cancel))
    post.until(Stepped, Asking)
    threads.add(runner.perform(correct).result(PATIENCE))
    assert talk.state.known.get(Attribute.GENDER) == Value("other")
    assert talk.heard == []
    runner.reply(Chosen(Reply(Declined())))
    post.until(Rested)
    threads.add(runner.perform(correct).result(PATIENCE))
    assert len(threads) == 1
    runner.close().result(PATIENCE)


def test_errors_with_a_remedy_are_told_and_faults_of_ours_are_told_apart(post: Post) -> None:
    def fails(talk: Acted, text: str, cancel: Event) -> Steps:
        yield from told(talk, "a few words", cancel)
        raise ModelError("gone", hint="put it back")

    def breaks(talk: Acted, text: str, cancel: Event) -> Steps:
        yield from told(talk, "a few words", cancel)
        raise ZeroDivisionError

    runner = Runner(a_talk(ask_act=fails), post)
    runner.start(lambda t, cancel: t.ask("hello", cancel))
    post.until(Stepped, Finished)
    rested = post.until(Rested)
    assert isinstance(rested, Rested)
    assert isinstance(rested.error, ModelError)

    def refuse(talk: Talk) -> None:
        raise UsageError("no")

    with pytest.raises(UsageError):
        runner.perform(refuse).result(PATIENCE)
    runner.close().result(PATIENCE)
    runner = Runner(a_talk(ask_act=breaks), post)
    runner.start(lambda t, cancel: t.ask("hello", cancel))
    broke = post.until(Broke)
    assert isinstance(broke, Broke)
    assert isinstance(broke.fault, ZeroDivisionError)
    runner.close().result(PATIENCE)


def test_a_second_wish_is_refused_while_one_is_worked_on_and_closing_waits_for_its_end(post: Post) -> None:
    gate = Gate()
    talk = a_talk(ask_act=gate.act)
    runner = Runner(talk, post)
    runner.start(lambda t, cancel: t.ask("hello", cancel))
    post.until(Stepped, Streamed)
    with pytest.raises(RuntimeError):
        runner.start(lambda t, cancel: t.judge(cancel))
    runner.close().result(PATIENCE)
    assert talk.state.last_answer is not None
    assert not runner.running
