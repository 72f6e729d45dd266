"""The program: its commands, and the one place where an error becomes words and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Final, NoReturn

import typer

from penguin_local import __version__
from penguin_local.__main__ import STOPPED
from penguin_local.cli import bench, cases, chat, doctor, judge, models, plan, report, runs, scenarios, study
from penguin_local.cli.console import complain
from penguin_local.cli.offline import deny_network, keep_offline, warn_of_network
from penguin_local.errors import ExitCode, PenguinError

DEBUG: Final = "PENGUIN_LOCAL_DEBUG"
"""Set to anything, an unexpected fault shows its whole trace."""

_OF_PEOPLE: Final = frozenset({"chat", "cases"})
"""Commands that hold what somebody said in private."""
_OF_THE_MACHINE: Final = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO}
)
_REMEDY: Final = "look at its permissions and its disk, or set PENGUIN_LOCAL_HOME to a folder that is yours"

app = typer.Typer(
    name="penguin-local",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (chat, bench, study, plan, runs, report, judge, scenarios, models, cases, doctor):
    group.register(app)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"penguin-local {__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    allow_network: Annotated[
        bool,
        typer.Option(
            "--allow-network",
            help="Leave the network open; else every command but `models pull` and `scenarios import penguin --pull` "
            "denies it.",
        ),
    ] = False,
) -> None:
    """How safe is a language model's answer for someone, given what is known about them? Offline."""
    if allow_network:
        warn_of_network()


def main() -> NoReturn:
    """The entry point of the installed command."""
    sys.exit(run(sys.argv[1:], deny=deny_network))


def run(arguments: Sequence[str], *, deny: Callable[[], object] = lambda: None) -> int:
    """One command, from its words to its exit code; errors are told on stderr.

    `deny` is called before commands that need no network: a process that has denied itself one can never
    take it back, so that whoever runs commands in a process of its own decides.
    """
    try:
        _speak_utf8()
        command = typer.main.get_command(app)
        keep_offline(command, deny)
        outcome = command.main(args=list(arguments), prog_name="penguin-local", standalone_mode=False)
        sys.stdout.flush()
        if outcome == ExitCode.INTERRUPTED:  # typer makes this of a Ctrl-C, in silence
            raise KeyboardInterrupt
    except PenguinError as error:
        complain(error.message, error.hint)
        return error.exit_code
    except typer.TyperException as error:
        complain(error.format_message(), "penguin-local --help, or --help after a command")
        return ExitCode.USAGE
    except (KeyboardInterrupt, typer.Abort):
        complain(*STOPPED)
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return _nobody_reads_on()
    except SystemExit as stop:
        # rich and typer leave with 1 when a pipe closes; with us 1 is a fault.
        if not isinstance(stop.__context__, BrokenPipeError):
            raise
        return _nobody_reads_on()
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        if isinstance(error, OSError) and error.filename and error.errno in _OF_THE_MACHINE:
            complain(f"{error.filename}: {error.strerror}", _REMEDY)
            return ExitCode.RESOURCES
        complain(*_fault(error, arguments))
        return ExitCode.INTERNAL
    return outcome if isinstance(outcome, int) else ExitCode.OK


def _fault(error: Exception, arguments: Sequence[str]) -> tuple[str, str]:
    """What is said of it; where people talk the kind alone, for an error's text can quote what was said."""
    kind, bug = f"an unexpected fault, {type(error).__name__}", "this is a bug in penguin-local"
    if next((word for word in arguments if not word.startswith("-")), "") in _OF_PEOPLE:
        return (
            kind,
            f"{bug}: please report this kind of fault. {DEBUG}=1 shows more, and can quote what was said",
        )
    return f"{kind}: {error}", f"{bug}: run it again with {DEBUG}=1 and report what it prints"


def _nobody_reads_on() -> ExitCode:
    """Whoever read our output has enough (`| head`): what is left in the buffer goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.OK


def _speak_utf8() -> None:
    """A result may hold any character; a terminal that cannot show one gets an escape, not a crash."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
