"""Errors that carry their remedy, and the exit code each kind ends with.

Only `penguin_local.cli` turns them into output and an exit; everything else raises.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process tells the shell. 0 and 1 keep their usual meaning."""

    OK = 0
    INTERNAL = 1
    """A fault of ours: the trace is worth an issue."""
    USAGE = 2
    """The command line itself: an unknown option, arm, domain or attribute."""
    BAD_INPUT = 3
    """A file or value given to us does not hold what it should."""
    MODEL = 4
    """Weights that are missing, damaged, of the wrong kind, or too small for the prompt."""
    STORE = 5
    """The database: in use elsewhere, damaged, or written by a newer version."""
    RESOURCES = 6
    """The machine: no disk space, no permission, not enough memory."""
    INTERRUPTED = 130
    """Ctrl-C: stopped cleanly, nothing finished was lost."""


class PenguinError(Exception):
    """Something a user can do something about: what was wrong, and the remedy in `hint`."""

    exit_code = ExitCode.INTERNAL

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(PenguinError):
    """A request that names something that does not exist or cannot be."""

    exit_code = ExitCode.USAGE


class BadInput(PenguinError):
    """A file or a value does not hold what it should; the message says where (file:line)."""

    exit_code = ExitCode.BAD_INPUT


class ModelError(PenguinError):
    """Weights that cannot do what was asked of them."""

    exit_code = ExitCode.MODEL


class WeightsMissing(ModelError):
    """No such model on this machine."""


class WeightsDamaged(ModelError):
    """A file that is not a whole GGUF model, or not of the kind that was asked for."""


class WorkerCrashed(ModelError):
    """The process in which the model runs broke down; it is started again, and only the request at hand is lost."""


class ContextOverflow(ModelError):
    """A prompt longer than the context: nothing is ever cut silently."""

    def __init__(self, prompt_tokens: int, context_tokens: int) -> None:
        super().__init__(
            f"the prompt needs {prompt_tokens:,} tokens and the context holds {context_tokens:,}",
            hint="raise --context, or choose a model that was trained on a longer one",
        )
        self.prompt_tokens = prompt_tokens
        self.context_tokens = context_tokens


class Cancelled(PenguinError):
    """The person stopped the work; what was finished before stays finished."""

    exit_code = ExitCode.INTERRUPTED


class StoreError(PenguinError):
    """The database could not do what was asked; what was committed before is kept."""

    exit_code = ExitCode.STORE


class StoreBusy(StoreError):
    """Another process holds the database open."""


class StoreDamaged(StoreError):
    """The file is not what was written to it."""


class StoreTooNew(StoreError):
    """Written by a later version of penguin-local."""


class WrongPassphrase(StoreError):
    """The case file does not open with what was given."""


class RunMismatch(StoreError):
    """A run of that name exists with other settings."""

    exit_code = ExitCode.USAGE


class NoRoom(PenguinError):
    """No disk space, no memory, or no permission to write."""

    exit_code = ExitCode.RESOURCES
