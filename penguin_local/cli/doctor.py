"""`penguin-local doctor`: is all well here, and does really nothing leave this machine?"""

from __future__ import annotations

from typing import Annotated

import typer

from penguin_local.cli.console import View, Viewed, print_table
from penguin_local.errors import ExitCode, UsageError

Prove = Annotated[
    bool,
    typer.Option(
        "--prove-offline",
        help="Run a small bench and a talk with the bundled model under observation, and print what was seen.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(doctor)


def doctor(call: typer.Context, prove_offline: Prove = False, view: Viewed = View.TABLE) -> None:
    """Look over this installation: build, memory, disk, files, database, network guard, terminal.

    Ends with 6 when something is bad. With --prove-offline it watches the program at work instead: under
    strace where there is one, else in an empty network namespace, else under the guard alone.
    """
    if prove_offline and call.find_root().params["allow_network"]:
        # Each watched process would try its own guard, and that would be seen for a wish of the program.
        raise UsageError("nothing can be proved with --allow-network", hint="leave it out")
    fine = _prove(view) if prove_offline else _look(view)
    if not fine:
        raise typer.Exit(ExitCode.RESOURCES)


def _look(view: View) -> bool:
    from penguin_local.cli.doctor_checks import State, all_checks

    findings = list(all_checks())
    rows = [[f.check, f.state.value, f.found, "" if f.state is State.OK else f.remedy] for f in findings]
    print_table("Doctor", ["what", "state", "found", "what to do"], rows, view.value)
    return all(finding.state is not State.BAD for finding in findings)


def _prove(view: View) -> bool:
    from penguin_local.cli.doctor_proof import prove
    from penguin_local.cli.doctor_proof_views import show_proof

    proof = prove()
    show_proof(proof, view)
    return proof.holds
