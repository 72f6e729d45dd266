"""README, `docs/commands.md` and `--help` say the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from docs.generate import TARGET, all_commands, reference
from penguin_local.agent import situation
from penguin_local.safety import answering, judging

ROOT = Path(__file__).parent.parent
ALL = all_commands()


@pytest.mark.parametrize(("name", "command"), ALL, ids=[name for name, _ in ALL])
def test_every_command_argument_and_option_has_help(name: str, command: Any) -> None:
    assert command.help, f"{name} has no help"
    for parameter in command.params:
        assert parameter.help, f"{name} {parameter.name} has no help"


def test_the_page_of_commands_is_what_help_says() -> None:
    assert TARGET.read_text(encoding="utf-8") == reference(), "run `make docs`"


def test_the_readme_names_every_command_group() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = {name for name, _ in ALL if " ".join(name.split()[:2]) not in readme}
    assert not missing


def test_readme_opens_with_the_two_commands() -> None:
    head = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:12])
    assert "make bench" in head
    assert "make test" in head


def test_the_bundled_models_card_is_of_the_packages_prompts() -> None:
    card = (ROOT / "models" / "penguin-nano" / "README.md").read_text(encoding="utf-8")
    versions = (answering.PROMPT_VERSION, judging.PROMPT_VERSION, situation.PROMPT_VERSION)
    stated = f"Prompts: {', '.join(f'`{version}`' for version in versions)}."
    assert stated in card, "prompts changed: run `make train`, then `make nano-card`"
