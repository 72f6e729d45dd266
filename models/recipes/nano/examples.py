"""Training examples at the real lengths of the real prompts, and their batches.

An example is a shared beginning (the system turn of its kind) and a rest. A judging example carries its
three dimensions as three branches that see everything before them but not each other.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import torch
from torch import Tensor

from models.recipes.nano import rule, texts
from models.recipes.nano.landscape import READY, Landscape, Pool, draw_situation
from models.recipes.nano.tokenizer import WHOLE, Encoder
from penguin_local.agent import abstention, acquisition, situation
from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background
from penguin_local.core.rubric import LEVELS, Dimension
from penguin_local.lm.base import Message, Role
from penguin_local.safety import answering, judging
from penguin_local.safety.answering import AnswerSettings
from penguin_local.safety.fencing import fenced, quoted

DATA_WEIGHT, REPLY_WEIGHT, COPY_WEIGHT, RATING_WEIGHT = 0.05, 1.0, 4.0, 12.0
"""Loss weights: of the data in a prompt, of a reply, of what it copies (values, topic), of a rating."""
CLAIM_WEIGHT = 3.0
"""Of knowing whether a claim is true: what alignment and risk are summed up from."""
WHOLE_WEIGHT = 20.0
"""Of a value that is one token: one chance a reply, where the others have several."""
NEXT_WEIGHT, READY_WEIGHT = 6.0, 4.0
"""Of the next attribute's words, and of yes or no."""
DECLINING = 0.15
"""Share of replies to someone who would rather not say some things."""
EXERCISES = 0.3
"""Share of cases in which nothing can be guessed."""


class Kind(StrEnum):
    """What an example teaches; a batch holds one kind."""

    ANSWER = "answer"
    JUDGE = "judge"
    ASK = "ask"
    """Is enough known, and what should be known next?"""
    COPY = "copy"
    """Repeat jumbled words: the quickest way to learn looking back, which the other two live on."""


@dataclass
class Example:
    """Token ids of the rest, each with its position, branch (0 is the trunk), weight and targets."""

    kind: Kind
    ids: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    branches: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    """Weight of predicting the *next* token from here."""
    ratings: list[tuple[int, float]] = field(default_factory=list)
    """(index, score): here a digit comes next, and its distribution is centred on the score."""
    claims: list[tuple[int, float]] = field(default_factory=list)
    """(index, 1 or 0): here a claim of the reply that is judged has been read, and it is true or false."""

    def add(self, ids: Sequence[int], weight: float, *, start: int, branch: int = 0) -> None:
        """Append a piece; its tokens are predicted with `weight`."""
        for i, token in enumerate(ids):
            if self.ids and branch == self.branches[-1]:
                self.weights[-1] = weight
            self.ids.append(token)
            self.positions.append(start + len(self.ids) - 1 if branch == 0 else start + i)
            self.branches.append(branch)
            self.weights.append(0.0)


class Maker:
    """Makes examples from cases."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.whole = {encoder.text(value)[0] for value in WHOLE}
        self.levels = {Kind.JUDGE: LEVELS, Kind.ASK: abstention.LEVELS}
        self.digits = {
            kind: [encoder.text(str(n))[0] for n in levels] for kind, levels in self.levels.items()
        }
        self._pool = Pool(random.Random("penguin-nano paths"))
        self.prefix = {
            Kind.ANSWER: self._prefix(answering.SYSTEM),
            Kind.JUDGE: self._prefix(judging.SYSTEM),
            Kind.ASK: self._prefix(situation.SYSTEM),
            Kind.COPY: self._prefix("Repeat what stands between the marks."),
        }

    def _prefix(self, system: str) -> list[int]:
        e = self.encoder
        return [*e.opening("system"), *e.text(system), *e.closing(), *e.opening("user")]

    def _begin(self, kind: Kind, user: Message) -> Example:
        e = self.encoder
        example = Example(kind)
        start = len(self.prefix[kind])
        example.add(e.text(user.content), DATA_WEIGHT, start=start)
        example.add([*e.closing(), *e.opening("assistant")], 0.0, start=start)
        return example

    def answer(self, rng: random.Random) -> Example:
        """A question, some of a background, and the reply that takes it up."""
        case = _case(rng)
        known = texts.draw_known(case, rng)
        request = answering.answer_request(
            case.scenario.query,
            known,
            mark=f"{rng.getrandbits(32):08x}",
            seed=0,
            settings=AnswerSettings(),
            declined=_declined(known, rng),
        )
        example = self._begin(Kind.ANSWER, request.messages[1])
        reply = texts.good_reply(case, known, rng)
        encoding = self.encoder.tokenizer.encode(reply)
        start = len(self.prefix[Kind.ANSWER])
        spans = list(_spans(reply, known, case.words))
        for token, (low, high) in zip(encoding.ids, encoding.offsets, strict=True):
            stated = any(low < end and high > begin for begin, end in spans)
            weight = WHOLE_WEIGHT if token in self.whole else COPY_WEIGHT if stated else REPLY_WEIGHT
            example.add([token], weight, start=start)
        example.add([self.encoder.end], REPLY_WEIGHT, start=start)
        return example

    def judge(self, rng: random.Random) -> Example:
        """A reply of any quality, and what the rule gives it."""
        case = _case(rng)
        reply = texts.judged_reply(case, rng)
        scores = rule.score(case, reply)
        requests = judging.judge_requests(case.scenario, reply, mark=f"{rng.getrandbits(32):08x}")
        example = self._begin(Kind.JUDGE, requests[0].messages[1])
        example.claims = self._claims(case, reply, requests[0].messages[1].content)
        start = len(self.prefix[Kind.JUDGE]) + len(example.ids)
        for branch, (dimension, request) in enumerate(zip(Dimension, requests, strict=True), start=1):
            example.add(self.encoder.text(request.prefill), 0.0, start=start, branch=branch)
            example.ratings.append((len(example.ids) - 1, scores[dimension]))
        return example

    def _claims(self, case: texts.Case, reply: str, content: str) -> list[tuple[int, float]]:
        """The token in which each claim of the reply ends."""
        offsets = self.encoder.tokenizer.encode(content).offsets
        begin = content.rindex(quoted(reply)) + 1
        ends = {begin + end - 1: true for end, true in rule.claims(case, reply)}
        return [
            (i, float(ends[at]))
            for i, (low, high) in enumerate(offsets)
            for at in range(low, high)
            if at in ends
        ]

    def ask(self, rng: random.Random) -> Example:
        """A conversation on its way: how sufficient, ready or not, and what next, as three branches."""
        case = texts.draw_case(rng, held_out=False)
        landscape = Landscape(case)
        here = draw_situation(landscape, self._pool, rng)
        example = self._begin(Kind.ASK, here.messages(f"{rng.getrandbits(32):08x}")[1])
        start = len(self.prefix[Kind.ASK]) + len(example.ids)
        level = landscape.sufficiency(here.known)
        example.add(self.encoder.text(abstention.SCALE_PREFILL), 0.0, start=start, branch=1)
        example.ratings.append((len(example.ids) - 1, level))
        ready = abstention.YES if level >= READY else abstention.NO
        self._option(example, abstention.BINARY_PREFILL, ready, READY_WEIGHT, start=start, branch=2)
        if here.askable:
            following = landscape.promising(here.known, here.askable, rng)
            self._option(example, acquisition.PREFILL, following.label, NEXT_WEIGHT, start=start, branch=3)
        return example

    def _option(
        self, example: Example, prefill: str, option: str, weight: float, *, start: int, branch: int
    ) -> None:
        """Prefill and option are one text to the engine: a piece that reaches into the option is predicted."""
        encoding = self.encoder.tokenizer.encode(prefill + option)
        given = sum(end <= len(prefill) for _, end in encoding.offsets)
        example.add(encoding.ids[:given], 0.0, start=start, branch=branch)
        example.add(encoding.ids[given:], weight, start=start + given, branch=branch)

    def copy(self, rng: random.Random) -> Example:
        """Words in no order, and the same again."""
        jumble = texts.draw_jumble(rng)
        user = Message(Role.USER, fenced(f"{rng.getrandbits(32):08x}", f"text: {quoted(jumble)}"))
        example = self._begin(Kind.COPY, user)
        start = len(self.prefix[Kind.COPY])
        example.add([*self.encoder.text(jumble), self.encoder.end], REPLY_WEIGHT, start=start)
        return example

    def make(self, kind: Kind, rng: random.Random) -> Example:
        """One of the kind."""
        makers = {Kind.ANSWER: self.answer, Kind.JUDGE: self.judge, Kind.ASK: self.ask, Kind.COPY: self.copy}
        return makers[kind](rng)


def _case(rng: random.Random) -> texts.Case:
    return texts.draw_exercise(rng) if rng.random() < EXERCISES else texts.draw_case(rng, held_out=False)


def _declined(known: Background, rng: random.Random) -> frozenset[Attribute]:
    left = [a for a in Attribute if a not in known.attributes]
    if not left or rng.random() >= DECLINING:
        return frozenset()
    return frozenset(rng.sample(left, min(rng.randint(1, 3), len(left))))


def _spans(reply: str, known: Background, topic: str) -> Iterator[tuple[int, int]]:
    """Where the reply copies: the topic, and the values."""
    begin = reply.find(topic)
    yield begin, begin + len(topic)
    for attribute, value in known:
        stated = f"{attribute.label} is {value.kind}"
        begin = reply.find(stated)
        if begin >= 0:
            yield begin + len(stated) - len(value.kind), begin + len(stated)


@dataclass(frozen=True)
class Batch:
    """Tensors for one step."""

    prefix: Tensor
    """[p] int64."""
    ids: Tensor
    """[b, s] int64, padded with 0."""
    positions: Tensor
    """[b, s] int64."""
    mask: Tensor
    """[b, 1, s, p + s] bool."""
    weights: Tensor
    """[b, s] float32."""
    ratings: tuple[Tensor, Tensor, Tensor]
    """Row, column and score of every rating."""
    digits: Tensor
    """[l] int64, the tokens of the levels that are rated."""
    levels: Tensor
    """[l] float32, their numbers."""
    claims: tuple[Tensor, Tensor, Tensor]
    """Row, column and truth of every claim."""


def collate(examples: Sequence[Example], maker: Maker) -> Batch:
    """Examples of one kind, padded to a multiple of 16 (other lengths were slower on the CPU)."""
    kind = examples[0].kind
    prefix = maker.prefix[kind]
    size = -(-max(len(e.ids) for e in examples) // 16) * 16
    ids, positions, branches = (torch.zeros(len(examples), size, dtype=torch.int64) for _ in range(3))
    weights = torch.zeros(len(examples), size)
    ratings = []
    for row, e in enumerate(examples):
        n = len(e.ids)
        ids[row, :n] = torch.tensor(e.ids)
        positions[row, :n] = torch.tensor(e.positions)
        branches[row, :n] = torch.tensor(e.branches)
        weights[row, :n] = torch.tensor(e.weights)
        ratings += [(row, column, value) for column, value in e.ratings]
    seen = torch.ones(size, size, dtype=torch.bool).tril().unsqueeze(0)
    if ratings:
        seen = seen & ((branches.unsqueeze(1) == 0) | (branches.unsqueeze(1) == branches.unsqueeze(2)))
    mask = torch.cat((torch.ones(seen.shape[0], size, len(prefix), dtype=torch.bool), seen), 2).unsqueeze(1)
    return Batch(
        torch.tensor(prefix),
        ids,
        positions,
        mask,
        weights,
        _columns(ratings),
        torch.tensor(maker.digits.get(kind, [])),
        torch.tensor(maker.levels.get(kind, ()), dtype=torch.float32),
        _columns([(row, *claim) for row, e in enumerate(examples) for claim in e.claims]),
    )


def _columns(triples: Sequence[tuple[int, int, float]]) -> tuple[Tensor, Tensor, Tensor]:
    rows, columns, values = zip(*triples, strict=True) if triples else ((), (), ())
    return (
        torch.tensor(rows, dtype=torch.int64),
        torch.tensor(columns, dtype=torch.int64),
        torch.tensor(values, dtype=torch.float32),
    )
