"""The contenders of `engine.py`: the same work done by our engine, the high-level `Llama` and llama-server."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any

from penguin_local.core.attributes import Domain
from penguin_local.core.background import Background
from penguin_local.core.rubric import Dimension
from penguin_local.core.scenario import Scenario
from penguin_local.corpus import synthetic
from penguin_local.lm.base import ChooseRequest, GenerateRequest, Message
from penguin_local.safety.answering import AnswerSettings, answer_request
from penguin_local.safety.judging import judge_requests

ANSWER_TOKENS = 96
SLOTS = 16


def schema(*dimensions: Dimension) -> dict[str, Any]:
    """A JSON object with one integer from 1 to 5 for each of them."""
    return {
        "type": "object",
        "properties": {d.value: {"type": "integer", "enum": [1, 2, 3, 4, 5]} for d in dimensions},
        "required": [d.value for d in dimensions],
    }


REPLY = (
    "I am sorry that this weighs on you. What you tell me about {} matters, and you need not settle it alone. Take one "
    "small step first: write down what worries you most, and speak with someone you trust this week. If it gets worse, "
    "or if you think of harming yourself, call the emergency number where you live. Tell me a little more about how "
    "you live and who stands by you?"
)
"""About as long as the answers."""


def clock() -> float:
    """Seconds on the wall; with PENGUIN_CLOCK=cpu those that this process computed, for a machine that is busy."""
    return time.process_time() if os.environ.get("PENGUIN_CLOCK") == "cpu" else time.perf_counter()


@dataclass(frozen=True, slots=True)
class Work:
    """What every contender does in a round."""

    answers: tuple[GenerateRequest, ...]
    judgements: tuple[tuple[ChooseRequest, ...], ...]


def the_work(number: int) -> Work:
    """A round's work: the same scenarios behind another mark, so that no earlier round's cache serves it."""
    mark = f"{number:08x}"
    domains = [*Domain, next(iter(Domain))][:8]
    scenarios: list[Scenario] = []
    for n, domain in enumerate(domains):
        made = list(islice(synthetic.generate(domain, count=n + 1, seed=1), n + 1))
        scenarios.append(made[-1])
    settings = AnswerSettings(max_tokens=ANSWER_TOKENS)
    answers = tuple(
        answer_request(s.query, known, mark=mark, seed=i, settings=settings)
        for i, s in enumerate(scenarios)
        for known in (Background(), s.profile.truth)
    )
    judged = tuple(
        judge_requests(s, REPLY.format(topic), mark=mark)
        for s in scenarios
        for topic in (s.topic, "yourself")
    )
    return Work(answers, judged)


def turns(messages: Sequence[Message], *, asking: str = "") -> list[dict[str, str]]:
    """As the others want them; `asking` ends the last one, after all that the questions share."""
    told = [{"role": m.role.value, "content": m.content} for m in messages]
    told[-1]["content"] += asking
    return told


def forms(
    item: Sequence[ChooseRequest], *, together: bool
) -> Iterator[tuple[list[dict[str, str]], dict[str, Any]]]:
    """Messages and schema of each call: one for all three scores, or, as our judge gives them, each on its own."""
    if together:
        yield turns(item[0].messages), schema(*Dimension)
        return
    for dimension, request in zip(Dimension, item, strict=True):
        yield turns(request.messages, asking=f"\nRate the {dimension.label}."), schema(dimension)


def ours(model: Path, threads: int) -> Iterator[dict[str, float]]:
    """penguin-local's engine."""
    from penguin_local.lm.base import Done
    from penguin_local.lm.engine import load
    from penguin_local.lm.weights import ModelFile

    engine = load(ModelFile(model, model.stem, "", False), threads=threads, slots=SLOTS, ignore_end=True)
    counted = _counting(engine._context)
    floor = _speeds(engine)
    for number in count():
        work = the_work(2 * number)
        counted.clear()
        started = clock()
        ended = [e for e in engine.generate(work.answers) if isinstance(e, Done)]
        middle = clock()
        engine.choose([branch for item in work.judgements for branch in item])
        finished = clock()
        written = sum(e.generated_tokens for e in ended)
        assert written == ANSWER_TOKENS * len(work.answers)
        fed = written - len(ended)  # the last token of an answer is drawn, not read
        speeds = floor()
        yield {
            "answering": middle - started,
            "judging": finished - middle,
            "prompt tokens": sum(counted) - fed,
            "prompt speed": speeds[0],
            "batch speed": speeds[1],
            "floor": (sum(counted) - fed) / speeds[0] + fed / speeds[1],
            "engine memory": engine.info.memory_bytes,
        }


def _counting(context: Any) -> list[int]:
    """Sizes of all steps from now on."""
    sizes: list[int] = []
    decode = context.decode

    def counting(tokens: list[int], *rest: Any) -> Any:
        sizes.append(len(tokens))
        return decode(tokens, *rest)

    context.decode = counting
    return sizes


def _speeds(engine: Any) -> Callable[[], tuple[float, float]]:
    """Tokens a second, reading one long prompt and lengthening 16 texts: what the machine gives without us."""
    context = engine._context
    text = engine._weights.tokenize(REPLY * 40, special=False)

    def measure() -> tuple[float, float]:
        context.clear()
        started = clock()
        context.decode(text[:512], list(range(512)), [0] * 512, [511])
        prompt = 512 / (clock() - started)
        for sequence in range(1, SLOTS + 1):
            context.copy(0, sequence)
        steps = 12
        started = clock()
        for step in range(steps):
            context.decode(text[:SLOTS], [512 + step] * SLOTS, list(range(1, SLOTS + 1)), list(range(SLOTS)))
        batch = steps * SLOTS / (clock() - started)
        context.clear()
        return prompt, batch

    return measure


def high_level(model: Path, threads: int) -> Iterator[dict[str, float]]:
    """llama-cpp-python's `Llama`, one request after another."""
    from llama_cpp import Llama, llama_cpp

    llama = Llama(str(model), n_ctx=4096, n_threads=threads, n_threads_batch=threads, verbose=False)
    vocabulary = llama_cpp.llama_model_get_vocab(llama.model)
    ends = [t for t in range(llama.n_vocab()) if llama_cpp.llama_vocab_is_eog(vocabulary, t)]

    def judge(item: Sequence[ChooseRequest], *, together: bool) -> None:
        for messages, form in forms(item, together=together):
            llama.create_chat_completion(
                messages,  # type: ignore[arg-type]
                max_tokens=64,
                temperature=0.0,
                response_format={"type": "json_object", "schema": form},
            )

    for number in count():
        work = the_work(2 * number)
        started = clock()
        for request in work.answers:
            done: Any = llama.create_chat_completion(
                turns(request.messages),  # type: ignore[arg-type]
                max_tokens=ANSWER_TOKENS,
                temperature=request.sampling.temperature,
                top_p=request.sampling.top_p,
                seed=request.seed,
                logit_bias=dict.fromkeys(ends, -100.0),
            )
            assert done["usage"]["completion_tokens"] >= ANSWER_TOKENS - 1
        middle = clock()
        for item in work.judgements:
            judge(item, together=False)
        finished = clock()
        for item in the_work(2 * number + 1).judgements:  # another mark: nothing of it has been read yet
            judge(item, together=True)
        yield {"answering": middle - started, "judging": finished - middle, "together": clock() - finished}


def server(model: Path, threads: int) -> Iterator[dict[str, float]]:
    """llama-server (xllamacpp): 16 slots, unified cache, prompt cache."""
    import urllib.request

    import xllamacpp

    native: Any = xllamacpp
    params = native.CommonParams()
    params.model.path = str(model)
    params.n_parallel = SLOTS
    params.n_ctx = 16_384
    params.n_batch = params.n_ubatch = 512
    params.kv_unified = True
    params.cache_prompt = True
    params.cont_batching = True
    params.fit_params = False
    params.verbosity = 0
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    running = native.Server(params)

    def post(body: dict[str, Any]) -> Any:
        data = json.dumps({"cache_prompt": True, **body}).encode()
        address = running.listening_address + "/v1/chat/completions"
        request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)

    def answer(request: GenerateRequest) -> None:
        done = post(
            {
                "messages": turns(request.messages),
                "max_tokens": ANSWER_TOKENS,
                "temperature": request.sampling.temperature,
                "top_p": request.sampling.top_p,
                "seed": request.seed,
                "ignore_eos": True,
            }
        )
        assert done["usage"]["completion_tokens"] >= ANSWER_TOKENS - 1, done["usage"]

    def judge(item: Sequence[ChooseRequest], *, together: bool) -> None:
        for messages, form in forms(item, together=together):
            asked = {"type": "json_schema", "json_schema": {"name": "scores", "schema": form}}
            post({"messages": messages, "max_tokens": 64, "temperature": 0, "response_format": asked})

    with ThreadPoolExecutor(SLOTS) as pool:
        for number in count():
            work, again = the_work(2 * number), the_work(2 * number + 1)
            started = clock()
            list(pool.map(answer, work.answers))
            middle = clock()
            list(pool.map(partial(judge, together=False), work.judgements))
            finished = clock()
            list(
                pool.map(partial(judge, together=True), again.judgements)
            )  # another mark: nothing is there yet
            yield {
                "answering": middle - started,
                "judging": finished - middle,
                "together": clock() - finished,
            }


CONTENDERS = {"ours": ours, "high-level Llama": high_level, "llama-server (xllamacpp)": server}
