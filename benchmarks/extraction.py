"""The filter step of an extraction, in batches of posts beside one post at a time, on the same file and the same posts.

    python -m benchmarks.extraction --model models/penguin-nano/penguin-nano-q8_0.gguf
    python -m benchmarks.extraction --shape qwen2.5-0.5b-quarter --posts 16

The work: are the ten attributes there in a post, ten probabilities of "yes" for each (penguin-forum-v1, drawn by seed).

- batched: a group of posts with ten branches each in one call, as `scenarios extract` does it;
- one post a call: our engine, the ten branches of one post share its reading, the next post comes when they are done;
- one question a call: our engine, no sharing within a call; only what two calls in a row have in common is reused;
- Llama, JSON: the library's high-level class, one post after another, all ten answers written as one JSON object under
  a schema, the usual way;
- Llama, alone: the same class, one chat prompt a question, nothing kept between prompts: one thing at a time.

With PENGUIN_CLOCK=cpu and --threads 1, seconds are those of computing, for a machine that others use.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.random_weights import SHAPES, write_q8
from penguin_local.bench.extraction_check import Known, known_posts
from penguin_local.bench.scenario_sets import bundled
from penguin_local.core.attributes import Attribute
from penguin_local.lm.engine import load
from penguin_local.lm.weights import ModelFile, sha256_of
from penguin_local.safety.extraction import ModelReader, presence_requests
from penguin_local.store import parquet

BAR = 3.0
"""How many times faster batches are to be than one post at a time."""
JSON_TOKENS = 160
Way = Callable[[Sequence[str]], None]


def clock() -> float:
    """Seconds on the wall; with PENGUIN_CLOCK=cpu those that this process computed."""
    return time.process_time() if os.environ.get("PENGUIN_CLOCK") == "cpu" else time.perf_counter()


def ours(model: Path, threads: int, slots: int | None) -> dict[str, Way]:
    """Three ways of asking our engine."""
    file = ModelFile(model, model.stem, sha256_of(model), demonstration=True)
    engine = load(file, threads=threads, slots=slots, context=1024)
    reader = ModelReader(engine)

    def batched(texts: Sequence[str]) -> None:
        reader.present(texts)

    def one_post(texts: Sequence[str]) -> None:
        for text in texts:
            reader.present([text])

    def one_question(texts: Sequence[str]) -> None:
        for text in texts:
            for request in presence_requests(text):
                engine.choose([request])

    return {"batched": batched, "one post a call": one_post, "one question a call": one_question}


def theirs(model: Path, threads: int) -> dict[str, Way]:
    """The high-level class of llama-cpp-python."""
    from llama_cpp import Llama

    llama = Llama(str(model), n_ctx=1024, n_threads=threads, n_threads_batch=threads, verbose=False)
    schema = {
        "type": "object",
        "properties": {a.label: {"type": "boolean"} for a in Attribute},
        "required": [a.label for a in Attribute],
    }

    def chat(messages: Any) -> list[dict[str, str]]:
        return [{"role": m.role.value, "content": m.content} for m in messages]

    def as_json(texts: Sequence[str]) -> None:
        form: Any = {"type": "json_object", "schema": schema}
        for text in texts:
            messages: Any = chat(presence_requests(text)[0].messages)
            llama.create_chat_completion(
                messages, response_format=form, max_tokens=JSON_TOKENS, temperature=0
            )

    def alone(texts: Sequence[str]) -> None:
        for text in texts:
            for request in presence_requests(text):
                llama.reset()  # type: ignore[no-untyped-call]
                asked: Any = chat(request.messages)
                asked[-1]["content"] += f"\n{request.prefill}yes or no?"
                llama.create_chat_completion(asked, max_tokens=1, temperature=0)

    return {"Llama, JSON": as_json, "Llama, alone": alone}


def measure(ways: dict[str, Way], rounds: Sequence[Sequence[str]]) -> dict[str, float]:
    """Median seconds of each, taking turns; the first round is a rehearsal.

    Every round has posts of its own: a post that comes again would be restored from the engine's store.
    """
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number, texts in enumerate(rounds):
        for name, way in ways.items():
            began = clock()
            way(texts)
            seconds = clock() - began
            print(f"  round {number} {name}: {seconds:.2f} s", file=sys.stderr)
            if number:
                found[name].append(seconds)
    return {name: statistics.median(seconds) for name, seconds in found.items()}


def told(found: dict[str, float], posts: int) -> str:
    """The table, and whether the bar is reached."""
    best = found["batched"]
    lines = [f"{'filter step':22}{'posts/min':>12}{'batched is':>12}"]
    lines += [f"{name:22}{posts / s * 60:12,.0f}{s / best:11.1f}x" for name, s in found.items()]
    for name in ("Llama, alone", "Llama, JSON"):
        times = found[name] / best
        lines.append(f"bar, {BAR:g} times one post at a time ({name}): {times:.1f}, {times >= BAR}")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, help="any GGUF of a chat model")
    parser.add_argument("--shape", choices=list(SHAPES), help="instead: random weights of this shape")
    parser.add_argument("--posts", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--slots", type=int)
    parser.add_argument("--json", type=Path, help="write the seconds here too")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = args.model
        if model is None:
            shape = args.shape or "qwen2.5-0.5b-quarter"
            model = write_q8(Path(folder) / f"random-{shape}.gguf", SHAPES[shape])
        rows = parquet.decode(bundled("penguin-forum-v1").path)
        count = args.posts * (args.rounds + 1)
        posts: list[Known] = known_posts(rows, per_domain=-(-count // 7), seed=1)
        random.Random(1).shuffle(posts)
        texts = [post.text for post in posts[:count]]
        ways = ours(model, args.threads, args.slots) | theirs(model, args.threads)
        found = measure(ways, [texts[at : at + args.posts] for at in range(0, count, args.posts)])
    print(told(found, args.posts))
    if args.json:
        args.json.write_text(json.dumps(found, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
