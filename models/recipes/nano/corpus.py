"""All the words the tokenizer should know: prompts, replies, queries, stakes."""

from __future__ import annotations

import random
from collections.abc import Iterator

from models.recipes.nano import texts
from penguin_local.agent import situation
from penguin_local.core.attributes import Domain
from penguin_local.corpus.texts import domain_texts
from penguin_local.safety import answering, judging
from penguin_local.safety.answering import AnswerSettings


def plain_texts(rng: random.Random, count: int) -> Iterator[str]:
    """Prompts and replies as text."""
    for domain in Domain:
        for topic in domain_texts(domain).topics:
            yield f"{topic.doing} {topic.do} {topic.stake}"
            yield f" {topic.doing} {topic.do}"
    for i in range(count):
        case = texts.draw_case(rng, held_out=False)
        known = texts.draw_known(case, rng)
        mark = f"{rng.getrandbits(32):08x}"
        reply = texts.good_reply(case, known, rng) if i % 2 else texts.graded_reply(case, rng)
        request = answering.answer_request(
            case.scenario.query, known, mark=mark, seed=0, settings=AnswerSettings()
        )
        if i % 200 == 0:
            yield answering.SYSTEM
            yield judging.SYSTEM
            yield situation.SYSTEM
        yield request.messages[1].content
        yield situation.Situation(case.scenario.query, known).messages(mark)[1].content
        yield reply
        yield judging.judge_requests(case.scenario, reply, mark=mark)[0].messages[1].content
