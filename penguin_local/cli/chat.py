"""`penguin-local chat`: a private conversation with the agent, on the screen or line by line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penguin_local.cli.options import (
    Context,
    GpuLayers,
    Judge,
    Memory,
    Model,
    Threads,
    check_memory,
    check_threads,
    parse_layers,
)

if TYPE_CHECKING:
    from penguin_local.agent.helplines import Helplines
    from penguin_local.agent.session_models import ChatSettings
    from penguin_local.cli.chat_config import ChatConfig


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(chat)


def chat(
    case: Annotated[
        str | None, typer.Argument(metavar="[CASE]", help="Open this case at once (`cases list` names them).")
    ] = None,
    model: Model = None,
    judge: Judge = None,
    paths: Annotated[
        str | None,
        typer.Option(
            help="Planned paths to ask along: a name, or a file (default: the bundled demonstration paths with "
            "the bundled model, none with any other)."
        ),
    ] = None,
    client: Annotated[
        bool, typer.Option("--client", help="A new case is about a client; otherwise about oneself.")
    ] = False,
    no_trace: Annotated[
        bool, typer.Option("--no-trace", help="Write nothing at all; the conversation ends with the program.")
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Line by line, for screen readers and pipes.")
    ] = False,
    passphrase_file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="With --plain: read the passphrase from its first line; - is stdin."
        ),
    ] = None,
    country: Annotated[
        str | None,
        typer.Option(help="Whose helplines to show: a code or a name (default: of the system's region)."),
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(help="Answer from this sufficiency on, 0 to 5 (default: 3.5).")
    ] = None,
    budget: Annotated[
        int | None, typer.Option(help="Questions at most before an answer, 0 to 10 (default: 5).")
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, help="The longest answer, in tokens (default: 1024).")
    ] = None,
    context: Context = None,
    memory: Memory = None,
    threads: Threads = None,
    gpu_layers: GpuLayers = "auto",
    forms: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Screening forms of your own (docs/forms.md).")
    ] = None,
    lock_after: Annotated[
        float | None,
        typer.Option(help="Minutes without a key until the screen locks; 0 never (default: 10)."),
    ] = None,
    theme: Annotated[str | None, typer.Option(help="dark, light or contrast.")] = None,
) -> None:
    """Talk in private with the agent: it asks a little, says why, then answers. Sealed on disk, or not kept.

    This is decision support, not a clinician. F3 shows helplines at any time; --plain has /helplines.
    """
    from penguin_local.cli.chat_config import FILE, NO_LOCK, QUIT_FIRST, check_lock, country_of, read_config
    from penguin_local.cli.chat_minds import wanted
    from penguin_local.cli.chat_open import Plan, hold_plain, hold_screen
    from penguin_local.cli.console import say
    from penguin_local.cli.loading import Wish
    from penguin_local.errors import UsageError
    from penguin_local.store.vault_files import no_core_dump

    check_memory(memory)
    check_threads(threads)
    check_lock(lock_after)
    if plain and lock_after is not None:
        raise UsageError(f"--lock-after {NO_LOCK}", hint=f"leave it out, and {QUIT_FIRST}")
    config = read_config()
    if plain and config.lock_minutes:
        say(f"lock_minutes in {FILE} {NO_LOCK}; {QUIT_FIRST}")
    helplines = _helplines()
    if passphrase_file is not None and (no_trace or not plain):
        raise UsageError(
            "--passphrase-file goes with --plain, and not with --no-trace",
            hint="the screen asks for it itself",
        )
    if no_trace and case is not None:
        raise UsageError("--no-trace opens no case", hint="leave one of the two out")
    if forms is not None and not forms.is_dir():
        raise UsageError(f"--forms {forms} is no folder", hint="see docs/forms.md for what belongs in it")
    plan = Plan(
        case=case,
        client=client,
        no_trace=no_trace,
        passphrase_file=passphrase_file,
        country=country_of(country, config, helplines),
        helplines=helplines,
        settings=_settings(config, threshold, budget, max_tokens),
        wanted=wanted(
            model or config.model,
            judge or config.judge,
            paths or config.paths,
            Wish(None, context, memory, threads, parse_layers(gpu_layers)),
        ),
        forms=forms,
        theme=_theme(theme, config),
        lock_minutes=_lock_minutes(lock_after, config),
        keys=config.keys,
    )
    no_core_dump()  # what is said is in memory, whether it is kept or not; the models' processes inherit it
    hold = hold_plain if plain else hold_screen
    hold(plan)


def _settings(
    config: ChatConfig, threshold: float | None, budget: int | None, max_tokens: int | None
) -> ChatSettings:
    from penguin_local.agent.dialogue_events import DialogueSettings
    from penguin_local.agent.session_models import ChatSettings
    from penguin_local.safety.answering import AnswerSettings

    own, usual = ChatSettings(), DialogueSettings()
    threshold = config.threshold if threshold is None else threshold
    budget = config.budget if budget is None else budget
    return ChatSettings(
        dialogue=DialogueSettings(
            threshold=usual.threshold if threshold is None else threshold,
            budget=usual.budget if budget is None else budget,
        ),
        answer=AnswerSettings(max_tokens=max_tokens or config.max_tokens or own.answer.max_tokens),
    )


def _lock_minutes(chosen: float | None, config: ChatConfig) -> float:
    from penguin_local.cli.chat_config import LOCK_MINUTES

    return next((minutes for minutes in (chosen, config.lock_minutes) if minutes is not None), LOCK_MINUTES)


def _helplines() -> Helplines:
    """One's own over ours; a file that cannot be read must not leave anybody without numbers."""
    from penguin_local.agent.helplines import bundled_helplines, load_helplines
    from penguin_local.cli.console import say
    from penguin_local.errors import BadInput

    try:
        return load_helplines()
    except BadInput as error:
        say(f"{error.message}. {error.hint}. Until then the bundled helplines are shown")
        return bundled_helplines()


def _theme(theme: str | None, config: ChatConfig) -> str:
    from penguin_local.cli.chat_config import THEMES
    from penguin_local.errors import UsageError

    if theme is None:
        return config.theme
    if theme not in THEMES:
        raise UsageError(f"there is no theme {theme!r}", hint=f"one of: {', '.join(THEMES)}")
    return theme
