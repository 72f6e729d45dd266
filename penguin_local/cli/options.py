"""Options that several commands share, and the checks of their values that the parser cannot do."""

from __future__ import annotations

import os
from typing import Annotated, Final

import typer

from penguin_local.core.attributes import Domain
from penguin_local.errors import UsageError

Model = Annotated[str | None, typer.Option(help="A name, or a GGUF file (default: the bundled one).")]
Judge = Annotated[str | None, typer.Option(help="The same for the judge (default: the model).")]
Scenarios = Annotated[str, typer.Option(help="A scenario set, or a file.")]
Domains = Annotated[list[str] | None, typer.Option(help="Only these domains, separated by commas.")]
PerDomain = Annotated[int, typer.Option(min=1, help="Scenarios drawn from each domain.")]
Seed = Annotated[int, typer.Option(min=0, help="Draws scenarios, attributes and answers.")]
Slots = Annotated[int | None, typer.Option(min=1, max=256, help="Sequences at once (default: what fits).")]
Memory = Annotated[float | None, typer.Option(help="GB the model may use (default: what is free).")]
Context = Annotated[int | None, typer.Option(min=256, help="Tokens of one prompt and its answer.")]
Threads = Annotated[int | None, typer.Option(min=1, help="CPU threads (default: one a core).")]
GpuLayers = Annotated[str, typer.Option(help="Layers put on the GPU: auto, or a number.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")]
MaxTokens = Annotated[int, typer.Option(min=1, help="The longest answer, in tokens.")]

SCENARIOS: Final = "penguin-synthetic-v1"
"""The set that is used when none is named."""
_THREADS_A_CORE: Final = 4
"""More only wait for each other."""


def parse_domains(texts: list[str] | None) -> tuple[Domain, ...] | None:
    """The domains of lists with commas, in canonical order; None for no list at all."""
    if texts is None:
        return None
    names = [part.strip().lower() for text in texts for part in text.split(",") if part.strip()]
    unknown = [name for name in names if name not in set(Domain)]
    if unknown or not names:
        raise UsageError(
            f"there is no domain {unknown[0]!r}" if unknown else "no domain was named",
            hint=f"domains: {', '.join(Domain)}",
        )
    return tuple(domain for domain in Domain if domain in names)


def parse_layers(text: str) -> int | None:
    """None for `auto`."""
    if text == "auto":
        return None
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"--gpu-layers cannot be {text!r}", hint="give auto or a number, such as 0")
    return int(text)


def check_memory(gigabytes: float | None) -> None:
    """Raises UsageError for what is no amount of memory."""
    if gigabytes is not None and not 0 < gigabytes < 1e6:
        raise UsageError(f"--memory cannot be {gigabytes}", hint="give it in GB, such as --memory 4")


def check_threads(threads: int | None) -> None:
    """Raises UsageError for more than the machine can use."""
    cores = os.cpu_count() or 1
    most = cores * _THREADS_A_CORE
    if threads is not None and threads > most:
        raise UsageError(
            f"--threads cannot be {threads:,}: this machine has {cores} cores",
            hint=f"leave it out for one a core, or give {most} at most",
        )
