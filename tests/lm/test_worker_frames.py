"""The parent believes nothing that a child could not have meant: another child is started, and no word is printed."""

from __future__ import annotations

import contextlib
import io
import json
import os
import struct
import subprocess
import sys
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penguin_local.errors import ContextOverflow, ModelError, NoRoom, PenguinError, WorkerCrashed
from penguin_local.lm.base import (
    ChooseRequest,
    Done,
    Event,
    Finish,
    GenerateRequest,
    Reading,
    Sampling,
    Token,
)
from penguin_local.lm.weights import ModelFile
from penguin_local.lm.worker import Limits, Order, Restart, Worker
from penguin_local.lm.worker_codec import (
    Told,
    error_frame,
    event_rows,
    order_frame,
    read_distribution,
    read_error,
    read_order,
    read_request,
    read_vectors,
    request_frame,
    vectors_frame,
)
from penguin_local.lm.worker_frames import MOST_FROM_CHILD, Garbage, pack, read_frame
from penguin_local.lm.worker_process import COMMAND
from tests.lm.conftest import ask, rate

SECRET = "the words of someone in need"
LIMITS = Limits(silent_seconds=4.0, silent_seconds_per_gigabyte=0.0)

CHILD = f"""
    import os, struct, sys, time
    from penguin_local.lm.worker_frames import pack, read_frame
    order = read_frame(sys.stdin.buffer, 1 << 20)
    out, number = sys.stdout.buffer, 0
    def send(frame):
        out.write(pack({{"call": number, **frame}})); out.flush()
    def raw(data):
        out.write(data); out.flush()
    info = dict(name="liar", sha256="0", demonstration=False, family="chatml", context_tokens=512, slots=1,
                cells=512, gpu_layers=0, threads=1, memory_bytes=1)
    print("{SECRET}", file=sys.stderr)
    def ready():
        send({{"kind": "load", "fraction": 0.5}})
        send({{"kind": "ready", "info": info}})
    def calls():
        global number
        while (call := read_frame(sys.stdin.buffer, 1 << 20)):
            for _ in range(call.get("items", 0)):
                read_frame(sys.stdin.buffer, 1 << 20)
            number = call.get("call", 0)
            if call["do"] == "check":
                send({{"kind": "end"}})
            elif call["do"] != "stop":
                yield call
"""


def a_child(script: str) -> Sequence[str]:
    return (sys.executable, "-c", textwrap.dedent(CHILD) + textwrap.dedent(script))


ANSWERING = """
    ready()
    for call in calls():
        LIE
        send({"kind": "end"})
"""

LIES = {
    "no JSON": r"raw(struct.pack('>I', 4) + b'{{{{')",
    "no object": "raw(struct.pack('>I', 2) + b'[]')",
    "no Unicode": r"raw(struct.pack('>I', 2) + b'\xff\xff')",
    "too long": "raw(struct.pack('>I', 0x7fffffff))",
    "nested": "raw(struct.pack('>I', 200000) + b'[' * 200000)",
    "NaN": r"""raw(struct.pack('>I', 9) + b'{"a":NaN}')""",
    "half a frame": "raw(struct.pack('>I', 100) + b'{'); os._exit(0)",
    "half a length": r"raw(b'\x00\x00'); os._exit(0)",
    "unknown kind": "send({'kind': 'secret'})",
    "another call": "number = 99; send({'kind': 'step'}); number = call['call']",
    "no request": "send({'kind': 'told', 'events': [['token', 7, 'x']]})",
    "not a number": "send({'kind': 'told', 'events': [['token', True, 'x']]})",
    "unknown event": "send({'kind': 'told', 'events': [['shout', 0, 'x']]})",
    "unknown end": "send({'kind': 'told', 'events': [['done', 0, 'maybe', 1, 0, 1, '']]})",
    "endless answer": "[send({'kind': 'told', 'events': [['token', 0, 'x']]}) for _ in range(40)]",
    "long text": "send({'kind': 'told', 'events': [['token', 0, 'x' * 70000]]})",
    "after the end": "[send({'kind': 'told', 'events': [['done', 0, 'stop', 1, 0, 1, '']]}) for _ in range(2)]",
    "no end": "send({'kind': 'told', 'events': [['token', 0, 'x']]})",
    "read more than all": "send({'kind': 'told', 'events': [['reading', 0, 9, 3]]})",
    "half a character": r"""raw(struct.pack('>I', 64) +
        (b'{"kind":"told","call":%d,"events":[["token",0,"\\ud800"]]}' % number).ljust(64))""",
    "unknown error": "send({'kind': 'error', 'class': 'SystemExit', 'message': 'x', 'hint': ''})",
    "it ends": "os._exit(0)",
    "a fault": f"send({{'kind': 'fault', 'what': 'ValueError', 'where': {SECRET!r}}}); os._exit(70)",
}


@pytest.mark.parametrize("lie", LIES)
def test_nonsense_ends_the_child_and_quotes_nothing(nano: ModelFile, lie: str) -> None:
    restarts: list[Restart] = []
    worker = Worker(
        Order(nano),
        limits=LIMITS,
        on_restart=restarts.append,
        command=a_child(ANSWERING.replace("LIE", LIES[lie].replace("\n", ""))),
    )
    try:
        assert (worker.info.name, worker.info.sha256) == (nano.name, nano.sha256), "we know what we asked for"
        first = worker.pid
        with pytest.raises(WorkerCrashed) as crashed:
            list(worker.generate([ask(SECRET)]))
        assert worker.pid not in (None, first)
    finally:
        worker.close()
    told = f"{crashed.value} {crashed.value.hint} {restarts}"
    assert SECRET not in told
    assert crashed.value.__cause__ is None
    assert crashed.value.__suppress_context__


@pytest.mark.parametrize(
    "script",
    ["os._exit(3)", "os.abort()", "raw(b'llama_load: hello')", "send({'kind': 'ready', 'info': {}})"],
)
def test_a_child_that_breaks_down_while_it_loads_is_an_error_and_not_tried_again(
    nano: ModelFile, script: str, capfd: pytest.CaptureFixture[str]
) -> None:
    restarts: list[Restart] = []
    with pytest.raises(ModelError, match="could not be loaded") as raised:
        Worker(Order(nano), limits=LIMITS, on_restart=restarts.append, command=a_child(script))
    assert not isinstance(raised.value, WorkerCrashed)
    assert SECRET not in str(raised.value)
    assert not restarts
    assert capfd.readouterr() == ("", "")


def test_a_child_that_says_nothing_while_it_loads_is_given_up(nano: ModelFile) -> None:
    limits = replace(LIMITS, silent_seconds=0.2)
    with pytest.raises(ModelError, match="stood still"):
        Worker(Order(nano), limits=limits, command=a_child("time.sleep(600)"))


def test_what_the_program_that_is_not_there_would_have_done(nano: ModelFile, tmp_path: Path) -> None:
    with pytest.raises(NoRoom, match="no process"):
        Worker(Order(nano), command=(str(tmp_path / "nothing"),))


def test_only_known_forms_of_native_last_words_are_quoted(nano: ModelFile) -> None:
    script = f"""
    print("/build/ggml.c:12: GGML_ASSERT(n > 0) failed", "{SECRET}", file=sys.stderr, flush=True)
    os.abort()
    """
    with pytest.raises(ModelError) as raised:
        Worker(Order(nano), command=a_child(script))
    assert "(SIGABRT: GGML_ASSERT(n > 0) failed)" in raised.value.message
    assert SECRET not in raised.value.message


def started() -> subprocess.Popen[bytes]:
    """The real child, without the parent that usually feeds it."""
    pipe = subprocess.PIPE
    return subprocess.Popen([*COMMAND, str(os.getpid())], stdin=pipe, stdout=pipe, stderr=pipe)


def test_the_real_child_ends_when_its_parent_closes_the_pipe(nano: ModelFile) -> None:
    child = started()
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(pack(order_frame(Order(nano, slots=1, threads=1))))
    child.stdin.write(pack({"do": "generate", "call": 1, "items": 1}))
    child.stdin.write(pack(request_frame(ask("Hello?", max_tokens=800))))
    child.stdin.flush()
    while (frame := read_frame(child.stdout, MOST_FROM_CHILD)) is not None and frame["kind"] != "told":
        pass
    child.stdin.close()
    assert child.wait() == 0
    assert child.stderr is not None
    assert child.stderr.read() == b""
    child.stdout.close()
    child.stderr.close()


def test_an_error_of_ours_in_the_child_tells_its_place_and_not_its_words() -> None:
    child = started()
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdin.write(pack({"file": SECRET}))
    child.stdin.flush()
    fault = read_frame(child.stdout, MOST_FROM_CHILD)
    assert (child.wait(), child.stdout.read(), child.stderr.read()) == (70, b"", b"")
    assert fault is not None
    assert fault["kind"] == "fault"
    assert fault["where"].startswith("worker_codec.py:")
    assert SECRET not in str(fault)
    for pipe in (child.stdin, child.stdout, child.stderr):
        pipe.close()


@given(st.binary(max_size=200))
def test_any_bytes_are_a_frame_an_end_or_garbage(data: bytes) -> None:
    for stream in (data, struct.pack(">I", len(data)) + data):
        try:
            frame = read_frame(io.BytesIO(stream), MOST_FROM_CHILD)
        except Garbage:
            continue
        assert frame is None or type(frame) is dict


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=10,
)


@given(json_values)
def test_any_value_in_the_place_of_another_is_garbage_or_meant(value: object) -> None:
    calls: list[Callable[[], object]] = [
        lambda: Told([ask("Hello?")]).take({"events": value}),
        lambda: Told([ask("Hello?")]).take({"events": [value]}),
        lambda: Told([ask("Hello?")]).take({"events": [["done", 0, value, value, 0, 1, value]]}),
        lambda: read_distribution(value, ("a", "b")),
        lambda: read_vectors({"rows": value, "columns": 1, "data": value}),
        lambda: read_error({"class": value, "message": value, "hint": value}),
        lambda: read_error({"class": "ContextOverflow", "message": "", "numbers": value}),
    ]
    for call in calls:
        with contextlib.suppress(Garbage):
            call()


@given(st.lists(st.floats(0, 1), min_size=2, max_size=2))
def test_probabilities_cross_bit_for_bit(probabilities: list[float]) -> None:
    there = json.loads(pack({"p": probabilities})[4:])["p"]
    assert read_distribution(there, ("a", "b")).probabilities == tuple(probabilities)


@given(st.lists(st.floats(width=32), min_size=6, max_size=6))
def test_vectors_cross_bit_for_bit(values: list[float]) -> None:
    rows = np.array(values, np.float32).reshape(2, 3)
    there = json.loads(pack(vectors_frame(rows))[4:])
    assert read_vectors(there).tobytes() == rows.tobytes()


def test_requests_and_orders_cross_whole(nano: ModelFile) -> None:
    requests: list[GenerateRequest | ChooseRequest] = [
        ask("Ünïcode \x00 \u2028 💙", seed=2**70, stop=("\n", "END"), sampling=Sampling(0, 0.1, 1e-9)),
        rate("text", ("1", "10")),
    ]
    for request in requests:
        assert read_request(json.loads(pack(request_frame(request))[4:])) == request
    file = replace(nano, path=Path(os.fsdecode(b"/odd/\xff name.gguf")))
    every = Order(file, context=1, slots=2, memory_bytes=3, threads=4, ignore_end=True, gives_way=True)
    for order in (Order(file, embeds=True), every, Order(file, gpu_layers=7)):
        assert read_order(json.loads(pack(order_frame(order))[4:])) == order


def test_events_cross_whole() -> None:
    events: list[Event] = [
        Reading(0, 3, 9),
        Token(0, "a 💙"),
        Token(0, "b"),
        Done(0, "a 💙b", Finish.LENGTH, 9, 3, 2, "hm"),
    ]
    told = Told([ask("Hello?")])
    assert told.take(json.loads(pack({"events": event_rows(events)})[4:])) == events
    told.check_all_done()


def test_errors_cross_as_themselves_or_as_the_nearest_that_is_known() -> None:
    class Odd(NoRoom):
        pass

    overflow = ContextOverflow(1234, 512)
    crossing: list[tuple[PenguinError | ValueError, type]] = [
        (overflow, ContextOverflow),
        (Odd("full", hint="empty it"), NoRoom),
        (PenguinError("m", hint="h"), PenguinError),
        (ValueError("options"), ValueError),
    ]
    for error, kind in crossing:
        there = read_error(json.loads(pack(error_frame(error))[4:]))
        assert type(there) is kind
        assert str(there) == str(error)
        assert getattr(there, "hint", "") == getattr(error, "hint", "")
    numbers = read_error(error_frame(overflow))
    assert isinstance(numbers, ContextOverflow)
    assert (numbers.prompt_tokens, numbers.context_tokens) == (1234, 512)
