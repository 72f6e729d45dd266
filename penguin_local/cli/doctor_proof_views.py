"""What the watching showed, and what it could not show, in words."""

from __future__ import annotations

import json

import typer

from penguin_local.cli.console import Cell, View, print_table, stdout
from penguin_local.cli.doctor_proof import Method, Proof
from penguin_local.cli.doctor_trace import LOCAL, Observed
from penguin_local.core.text import safe_text
from penguin_local.guard import Hold

_HOLDS = {
    Hold.SECCOMP: "the kernel (seccomp) refused every socket but local ones, to C code and child processes too",
    Hold.SANDBOX: "the macOS sandbox refused the internet, to C code and child processes too",
    Hold.PYTHON: "a guard in Python refused sockets to Python code; C code was not held back",
    Hold.NOTHING: "each watched process denied itself the network as it began",
}


def show_proof(proof: Proof, view: View) -> None:
    """The verdict last, after what it rests on."""
    if view is View.JSON:
        typer.echo(json.dumps(as_json(proof), ensure_ascii=False, indent=2))
        return
    print_table("What was done", ["act", "exit code", "seconds"], _acts(proof), view.value)
    if proof.observed is not None:
        calls = _calls(proof.observed) or [["none at all", "", "", 0]]
        print_table("Network calls", ["call", "family", "outcome", "times"], calls, view.value)
        print_table("Files written", ["file", "how"], _files(proof, proof.observed), view.value)
    for played in proof.played:
        if played.exit_code:
            _tell(f"{played.act.name} failed: {played.last_words}")
    for line in (*seen(proof), *(f"not observed: {line}" for line in unseen(proof)), verdict(proof)):
        _tell(line)


def as_json(proof: Proof) -> dict[str, object]:
    """The same, to be read by a program."""
    observed = proof.observed
    return {
        "verdict": verdict(proof),
        "holds": proof.holds,
        "method": proof.method.value,
        "guard": proof.guarded_by.value,
        "acts": [
            {"act": p.act.name, "arguments": p.act.arguments, "exit_code": p.exit_code, "seconds": p.seconds}
            for p in proof.played
        ],
        "network_calls": None
        if observed is None
        else [
            {"call": call.name, "family": call.family, "outcome": call.outcome, "times": times}
            for call, times in observed.calls.items()
        ],
        "files_written": None if observed is None else dict(observed.written),
        "files_left": proof.left,
        "seen": seen(proof),
        "not_observed": unseen(proof),
    }


def verdict(proof: Proof) -> str:
    """One sentence."""
    if not proof.worked:
        return "Not proved: not every act came to its end"
    if proof.observed is not None and proof.observed.outside:
        return f"Something asked for more than local sockets, {proof.observed.outside:,} times: see the calls above"
    if proof.observed is not None:
        return "Proved here: all acts came to their end, and no process asked for a network"
    if proof.method is Method.NAMESPACE:
        return "Proved here: all acts came to their end where there is no network"
    if proof.guarded_by.by_kernel:
        return "Proved here: all acts came to their end while the system refused every connection"
    return "Not proved: on this system nothing could be observed, and C code is not held back"


def seen(proof: Proof) -> list[str]:
    """What the verdict rests on."""
    lines = [f"watched with: {proof.method.value}"]
    if proof.observed is not None:
        lines.append("control: a socket asked for on purpose was seen before the acts began")
        partners = ", ".join(sorted(proof.observed.partners)) or "none"
        lines.append(f"other programs reached over local sockets: {partners}")
    lines.append(f"meanwhile {_HOLDS[proof.guarded_by]}")
    lines.append(f"left in the data folder, and removed now: {', '.join(proof.left) or 'nothing'}")
    return lines


def unseen(proof: Proof) -> list[str]:
    """What this system could not show."""
    lines = ["the screen of a conversation: what was watched is the same conversation line by line"]
    if proof.observed is not None:
        lines.append("what another program does that is reached over a local socket")
        if proof.observed.unread:
            lines.append(f"{proof.observed.unread:,} lines of strace that could not be read")
        return lines
    lines.append("which calls were made and refused, and files outside the data folder")
    lines.append("install strace (Linux) for that; on macOS and Windows, a firewall that asks can show it")
    return lines


def _acts(proof: Proof) -> list[list[Cell]]:
    return [[p.act.name, p.exit_code, round(p.seconds, 1)] for p in proof.played]


def _calls(observed: Observed) -> list[list[Cell]]:
    # What is not local first: that is what one looks for.
    ordered = sorted(
        observed.calls.items(), key=lambda item: (item[0].family == LOCAL, item[0].family, -item[1])
    )
    return [[call.name, call.family, call.outcome, times] for call, times in ordered]


def _files(proof: Proof, observed: Observed) -> list[list[Cell]]:
    """Those in the data folder under its usual name; Python's compiled files as one."""
    compiled = [path for path in observed.written if "/__pycache__" in path]
    rows: list[list[Cell]] = [
        [path.replace(str(proof.home), "(data folder)"), how]
        for path, how in sorted(observed.written.items())
        if path not in compiled
    ]
    if compiled:
        rows.append([f"{len(compiled):,} times in __pycache__", "Python's compiled files"])
    return rows


def _tell(line: str) -> None:
    stdout().print(safe_text(line), markup=False, soft_wrap=True)
