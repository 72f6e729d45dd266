"""Every command works without a network, but those few that fetch: here is the list, and the one switch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

ONLINE: Final = frozenset({"models pull"})
"""The only commands that may always use the network."""
ON_REQUEST: Final = {"scenarios import": "pull"}
"""Commands that may use it when they are called with this switch, and else deny it as all others do."""


def deny_network() -> object:
    """See `penguin_local.guard`."""
    from penguin_local import guard

    return guard.deny_network()


def keep_offline(program: Any, deny: Callable[[], object]) -> None:
    """Have every command of the program deny the network before it does anything, but those in `ONLINE`.

    Who is not on the list is offline, so that a command that is added later cannot be forgotten.
    """
    for name, command in commands(program):
        if name not in ONLINE:
            command.invoke = _denying(command.invoke, deny, ON_REQUEST.get(name))


def commands(program: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command that does something, by the words it is called with."""
    children: dict[str, Any] = getattr(program, "commands", {})
    if not children or (words and getattr(program, "invoke_without_command", False)):
        yield " ".join(words), program
    for word, child in children.items():
        yield from commands(child, (*words, word))


def _denying(
    invoke: Callable[[Any], object], deny: Callable[[], object], switch: str | None
) -> Callable[[Any], object]:
    def denied(context: Any) -> object:
        asked_for = switch is not None and context.params.get(switch)
        if not (context.find_root().params["allow_network"] or asked_for):
            deny()
        return invoke(context)

    return denied


def warn_of_network() -> None:
    """Red on stderr, where there is colour."""
    from rich.text import Text

    from penguin_local.cli.console import stderr

    words = "--allow-network: the network is open to this command. Nothing in penguin-local needs that"
    stderr().print(Text(words, style="bold red"), soft_wrap=True)
