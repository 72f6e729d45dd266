"""`models recommend`: this machine, the pairs that fit it, and how fast they would be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

import typer

from penguin_local.cli.console import Cell, View, print_table, say
from penguin_local.cli.loading import size
from penguin_local.lm.catalogue import find_model, load_catalogue

if TYPE_CHECKING:
    from penguin_local.lm.calibration import Speed
    from penguin_local.lm.engine_build import Build
    from penguin_local.lm.recommend import Advice, Candidate, Pair

_COLUMNS = ("loaded", "role", "name", "present", "bytes", "memory", "reads tokens/s", "writes tokens/s")


def print_advice(
    view: View, *, memory: float | None, seconds: float, any_licence: bool, threads: int | None
) -> None:
    """Measure, choose and print."""
    from penguin_local.lm.calibration import ASSUMPTION
    from penguin_local.lm.engine_build import build, cores, memory_bytes
    from penguin_local.lm.recommend import advise

    total, free = memory_bytes()
    # As the engine itself leaves a tenth of what is free to others.
    room = int(memory * 1e9) if memory is not None else free * 9 // 10
    here = build()
    advice = advise(load_catalogue().entries, room, any_licence=any_licence)
    speed = _measured(seconds, threads, here) if seconds else None
    said = f"{size(total)} of memory, {size(free)} free, {cores()[0]} cores, {_gpu(here)}"
    say(f"this machine: {said}. Models may use {size(room)}")
    if view is View.JSON:
        _print_json(advice, speed, total=total, free=free, cores=cores()[0], gpu=here.gpu)
        return
    rows = [row for loaded, pair in _pairs(advice) for row in _rows(loaded, pair, speed)]
    if rows:
        print_table("What fits", _COLUMNS, rows, view.value)
    if speed is not None:
        say(f"{_speed(speed)}. Speeds of others are {ASSUMPTION}")
    _say_next(advice)


def _measured(seconds: float, threads: int | None, here: Build) -> Speed:
    from penguin_local.lm.calibration import SLOTS, calibrate
    from penguin_local.lm.worker import Order, Worker

    say(f"measuring for {seconds:g} seconds on the bundled model")
    layers: int | Literal["auto"] = 0 if here.gpu else "auto"
    loaded = Worker(Order(find_model(), slots=SLOTS, context=1024, threads=threads, gpu_layers=layers))
    try:
        return calibrate(loaded, seconds=seconds)
    finally:
        loaded.close()


def _gpu(here: Build) -> str:
    if here.gpu:
        return "a GPU that llama.cpp can use (its memory is not read: the figures are for the CPU)"
    return "no GPU that this llama.cpp can use"


def _pairs(advice: Advice) -> list[tuple[str, Pair]]:
    in_turn = advice.in_turn if advice.in_turn != advice.together else None
    pairs = (("together", advice.together), ("in turn", in_turn))
    return [(loaded, pair) for loaded, pair in pairs if pair is not None]


def _rows(loaded: str, pair: Pair, speed: Speed | None) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for role, model in (("answers", pair.answerer), ("judges", pair.judge)):
        told = _told(model, speed)
        rates = ["" if told[key] is None else f"about {told[key]:.2g}" for key in ("reads", "writes")]
        present = "yes" if told["present"] else ""
        name, amount = model.entry.name, f"{model.entry.bytes:,}"
        rows.append([loaded, role, name, present, amount, size(model.memory_bytes), *rates])
    return rows


def _told(model: Candidate, speed: Speed | None) -> dict[str, object]:
    from penguin_local.lm.calibration import expected
    from penguin_local.lm.inventory import Inventory

    rates = expected(model.entry, speed) if speed else None
    known = Inventory().of_sha256(model.entry.sha256 or "")
    return {
        "name": model.entry.name,
        "family": model.entry.family,
        "licence": model.entry.licence,
        "present": known is not None and known.present,
        "bytes": model.entry.bytes,
        "memory_bytes": model.memory_bytes,
        "reads": rates.read if rates else None,
        "writes": rates.written if rates else None,
    }


def _speed(speed: Speed) -> str:
    return (
        f"measured in {speed.seconds:.1f} s: the bundled model reads {speed.read_per_second:,.0f} and writes "
        f"{speed.written_per_second:,.0f} tokens a second with 16 slots; matrices are multiplied at "
        f"{speed.operations_per_second / 1e9:,.0f} billion operations a second, and memory is read at "
        f"{speed.bytes_per_second / 1e9:,.1f} GB a second"
    )


def _say_next(advice: Advice) -> None:
    pair = advice.together or advice.in_turn
    if pair is None:
        say(
            f"no pair of the catalogue fits into {size(advice.room_bytes)}: close other programs, or stay with the "
            "bundled model, which shows how everything works"
        )
        return
    answerer, judge = pair.answerer.entry.name, pair.judge.entry.name
    say(
        "two families, the lesser as large as fits. Together: both in memory at once, as planning, oracle arms "
        "and --prefixes need; in turn: a plain bench loads one after the other"
    )
    say(f"next: penguin-local models pull {answerer} {judge}")
    say(f"then: penguin-local bench --model {answerer} --judge {judge}")


def _print_json(advice: Advice, speed: Speed | None, *, total: int, free: int, cores: int, gpu: bool) -> None:
    from dataclasses import asdict

    from penguin_local.lm.calibration import ASSUMPTION

    pairs = {
        name: None
        if pair is None
        else {"answerer": _told(pair.answerer, speed), "judge": _told(pair.judge, speed)}
        for name, pair in (("together", advice.together), ("in_turn", advice.in_turn))
    }
    told = {
        "machine": {"memory_bytes": total, "free_bytes": free, "cores": cores, "gpu": gpu},
        "room_bytes": advice.room_bytes,
        "measured": asdict(speed) if speed else None,
        "assumption": ASSUMPTION if speed else None,
        **pairs,
    }
    typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
