"""Safety(q, U), in batches: answer each question from what is known, judge it with the full profile, remember both.

The cache is content-addressed: its key is a digest of the weights and of the whole request (messages,
sampling, seed), so that a changed prompt, model or setting can never meet an old value.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Protocol

from penguin_local.core.attributes import Attribute
from penguin_local.core.background import Background
from penguin_local.core.rubric import Dimension, Missing, Score, Unscored
from penguin_local.core.scenario import Scenario
from penguin_local.errors import Cancelled
from penguin_local.lm.base import ChooseRequest, Distribution, Done, Finish, GenerateRequest, LanguageModel
from penguin_local.safety import answering, judging
from penguin_local.safety.answering import AnswerSettings
from penguin_local.safety.fencing import Purpose, mark

DIMENSIONS = 3


@dataclass(frozen=True, slots=True)
class Item:
    """One q and U: which question, and what the answerer knows of its asker."""

    scenario: Scenario
    known: Background
    seed: int
    """Of the answer's sampling; the item's own."""
    declined: frozenset[Attribute] = frozenset()
    """What its asker would rather not say: the answerer is told, the judge is not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the answerer wrote."""

    text: str
    finish: Finish
    prompt_tokens: int
    generated_tokens: int
    """Those of `thinking` among them."""
    cached: bool = False
    thinking: str | None = None
    """What a thinking model wrote first: kept, never judged. None where an earlier version did not keep it."""


class Cache(Protocol):
    """Where values outlive the process; the store implements it."""

    def get(self, keys: Sequence[str]) -> dict[str, str]:
        """Those of the keys that are there, with their JSON text."""
        ...

    def put(self, values: Mapping[str, str]) -> None:
        """Keep them, all or none; a key that is there already is left as it is."""
        ...


class Evaluator:
    """Safety(q, U) for one answerer and one judge; either may be None while the other works."""

    def __init__(
        self,
        *,
        answerer: LanguageModel | None,
        judge: LanguageModel | None,
        cache: Cache,
        settings: AnswerSettings,
        salt: int,
        whole_batches: bool = False,
    ) -> None:
        """`whole_batches` keys every value also by the batch it was computed in.

        Logits move in the last bits with a batch's composition: bench wants the very same numbers on a
        rerun and pays for it with fewer hits; the planner wants every hit.
        """
        self._answerer = answerer
        self._judge = judge
        self._cache = cache
        self._settings = settings
        self._salt = salt
        self._whole_batches = whole_batches

    def answer(
        self, items: Sequence[Item], *, cancel: threading.Event | None = None
    ) -> Iterator[tuple[int, Answer | Unscored]]:
        """(index, answer) in the order in which they are finished. A cancelled answer is not given."""
        model = _present(self._answerer)
        requests = [self._answer_request(item) for item in items]
        keys = self._keys(model, requests, answering.PROMPT_VERSION)
        held = self._cache.get(keys)
        todo: list[int] = []
        for i, key in enumerate(keys):
            if key in held:
                yield i, _remembered(held[key])
            elif error := model.overflow(requests[i]):
                yield i, Unscored(Missing.OVERFLOW, error.message)
            else:
                todo.append(i)
        fresh: dict[str, str] = {}
        for event in model.generate([requests[i] for i in todo], cancel=cancel) if todo else ():
            if not isinstance(event, Done) or event.finish is Finish.CANCELLED:
                continue
            i = todo[event.index]
            answer = Answer(
                event.text.strip(),
                event.finish,
                event.prompt_tokens,
                event.generated_tokens,
                thinking=event.thinking,
            )
            fresh[keys[i]] = json.dumps(asdict(answer))
            if not self._whole_batches:  # each at once: a crash then loses none that was finished
                self._cache.put({keys[i]: fresh[keys[i]]})
            yield i, answer
        if self._whole_batches and len(fresh) == len(todo):
            self._cache.put(fresh)

    def judge(
        self,
        pairs: Sequence[tuple[Scenario, Answer | Unscored]],
        *,
        order: tuple[Dimension, ...] = judging.ORDER,
        cancel: threading.Event | None = None,
    ) -> list[Score | Unscored]:
        """A verdict for every pair, in order; `order` is that of the rubric's lines. Raises Cancelled."""
        model = _present(self._judge)
        verdicts: list[Score | Unscored] = [Unscored(Missing.EMPTY)] * len(pairs)
        requests: dict[int, tuple[ChooseRequest, ...]] = {}
        for i, (scenario, answer) in enumerate(pairs):
            if isinstance(answer, Unscored):
                verdicts[i] = answer
            elif answer.text:
                branches = self._judge_requests(scenario, answer.text, order)
                error = model.overflow(branches[0])
                if error is None:
                    requests[i] = branches
                else:
                    verdicts[i] = Unscored(Missing.OVERFLOW, error.message)
        flat = [branch for branches in requests.values() for branch in branches]
        read = self.choose(model, flat, prompt=judging.PROMPT_VERSION, cancel=cancel)
        for n, i in enumerate(requests):
            verdicts[i] = judging.read_score(read[n * DIMENSIONS : (n + 1) * DIMENSIONS])
        return verdicts

    def evaluate(
        self, items: Sequence[Item], *, cancel: threading.Event | None = None
    ) -> list[tuple[Answer | Unscored, Score | Unscored]]:
        """Both steps for models that are both loaded, in the order of `items`. Raises Cancelled."""
        answers = dict(self.answer(items, cancel=cancel))
        if len(answers) < len(items):
            raise Cancelled("stopped while answering")
        ordered = [answers[i] for i in range(len(items))]
        scores = self.judge(
            [(item.scenario, a) for item, a in zip(items, ordered, strict=True)], cancel=cancel
        )
        return list(zip(ordered, scores, strict=True))

    def choose(
        self,
        model: LanguageModel,
        requests: Sequence[ChooseRequest],
        *,
        prompt: str,
        cancel: threading.Event | None = None,
    ) -> list[Distribution]:
        """Any closed questions to any model, remembered like verdicts; `prompt` is the version of theirs.

        Raises ContextOverflow, Cancelled.
        """
        keys = self._keys(model, requests, prompt)
        held = self._cache.get(keys)
        todo = [i for i, key in enumerate(keys) if key not in held]
        fresh = model.choose([requests[i] for i in todo], cancel=cancel) if todo else []
        new = {keys[i]: json.dumps(d.probabilities) for i, d in zip(todo, fresh, strict=True)}
        self._cache.put(new)
        held.update(new)
        return [
            Distribution(request.options, tuple(json.loads(held[key])))
            for key, request in zip(keys, requests, strict=True)
        ]

    def _answer_request(self, item: Item) -> GenerateRequest:
        fence = mark(item.scenario.id, Purpose.ANSWER, salt=self._salt)
        return answering.answer_request(
            item.scenario.query,
            item.known,
            mark=fence,
            seed=item.seed,
            settings=self._settings,
            declined=item.declined,
        )

    def _judge_requests(
        self, scenario: Scenario, answer: str, order: tuple[Dimension, ...]
    ) -> tuple[ChooseRequest, ...]:
        fence = mark(scenario.id, Purpose.JUDGE, salt=self._salt)
        return judging.judge_requests(scenario, answer, mark=fence, order=order)

    def _keys(
        self,
        model: LanguageModel,
        requests: Sequence[GenerateRequest] | Sequence[ChooseRequest],
        prompt: str,
    ) -> list[str]:
        info = model.info
        texts = [repr(request) for request in requests]
        sizes = (str(info.slots), str(info.context_tokens), str(info.cells))
        batch = _digest(*texts, *sizes) if self._whole_batches else ""
        return [_digest(info.sha256, info.family, prompt, batch, text) for text in texts]


def _digest(*parts: str) -> str:
    return blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


def _remembered(text: str) -> Answer:
    fields = json.loads(text)
    return Answer(**{**fields, "finish": Finish(fields["finish"]), "cached": True})


def _present(model: LanguageModel | None) -> LanguageModel:
    if model is None:
        raise ValueError("this evaluator was made without the model that the step needs")
    return model
