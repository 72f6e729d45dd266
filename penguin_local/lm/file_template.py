"""A chat template that a model file brings along, for families our table does not know.

It is a program by strangers: it runs in a process of its own, in jinja's sandbox, with limits on time and
memory, and sees placeholders instead of what people wrote.
"""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from penguin_local.errors import ModelError
from penguin_local.lm.base import Message, Role
from penguin_local.lm.chat_format import Piece, Thinking, fold_system, opening, thinking_of

SECONDS: Final = 5
MEMORY_BYTES: Final = 512 << 20
MOST_CHARACTERS: Final = 1 << 20

_RENDERER: Final = f"""
import json, sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, ({MEMORY_BYTES}, {MEMORY_BYTES}))
    resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))
except ImportError:
    pass
from jinja2 import exceptions
from jinja2.sandbox import ImmutableSandboxedEnvironment
given = json.load(sys.stdin)
def stop(message):
    raise exceptions.TemplateError(message)
extensions = ["jinja2.ext.loopcontrols"]
world = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=extensions)
world.globals["raise_exception"] = stop
world.globals["strftime_now"] = lambda form: "2026-01-01"
text = world.from_string(given["template"]).render(
    messages=given["messages"],
    add_generation_prompt=True,
    enable_thinking=False,
    bos_token="",
    eos_token="",
    tools=None,
)
sys.stdout.write(json.dumps(text[: {MOST_CHARACTERS}]))
"""


@dataclass(slots=True)
class FileTemplate:
    """The template of one file; each form of conversation is rendered once."""

    template: str
    family: str = "file template"
    stop: tuple[str, ...] = ()
    _forms: dict[tuple[Role, ...], list[str | int]] = field(default_factory=dict)

    @property
    def thinking(self) -> Thinking:
        """What the template says of it."""
        return thinking_of(self.template)

    def prompt(
        self, messages: Sequence[Message], *, prefill: str = "", answer_now: bool = False
    ) -> list[Piece]:
        """See `ChatFormat`."""
        roles = tuple(m.role for m in messages)
        form = self._forms.get(roles)
        if form is None:
            form = self._forms[roles] = self._form(roles)
        if -1 in form:  # the family has no system role
            return self.prompt(fold_system(messages), prefill=prefill, answer_now=answer_now)
        pieces = [
            Piece(messages[part].content) if isinstance(part, int) else Piece(part, special=True)
            for part in form
        ]
        thought = "" if self.thinking is Thinking.OFF else opening(self.thinking, answer_now=answer_now)
        return [*pieces, *([Piece(thought, special=True)] if thought else []), Piece(prefill)]

    def _form(self, roles: tuple[Role, ...]) -> list[str | int]:
        """The template's words and, between them, numbers of messages; [-1] when it takes no system role."""
        mark = secrets.token_hex(8)
        messages = [{"role": role.value, "content": f"{mark}x{i}x"} for i, role in enumerate(roles)]
        try:
            text = render(self.template, messages)
        except ModelError:
            if Role.SYSTEM in roles:
                return [-1]
            raise
        parts: list[str | int] = []
        for n, part in enumerate(re.split(f"{mark}x([0-9]+)x", text)):
            parts += [int(part)] if n % 2 else [part] if part else []
        if sorted(p for p in parts if isinstance(p, int)) != list(range(len(roles))):
            if Role.SYSTEM in roles:
                return [-1]
            raise _useless("it leaves messages out or repeats them")
        return parts


def render(template: str, messages: Sequence[dict[str, str]]) -> str:
    """The text that a template makes of these messages. Raises ModelError when it fails, hangs or swells."""
    given = json.dumps({"template": template, "messages": messages})
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _RENDERER],
            input=given,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _useless(f"it did not finish in {SECONDS} seconds") from error
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        raise _useless(lines[-1] if lines else f"it was stopped (code {done.returncode})")
    text = json.loads(done.stdout)
    if not isinstance(text, str) or len(text) >= MOST_CHARACTERS:
        raise _useless("it makes endless text")
    return text


def _useless(why: str) -> ModelError:
    return ModelError(
        f"the file's own chat template cannot be used: {why}",
        hint="choose a model of a known family (ChatML, Llama 3, Mistral, Gemma, Phi, DeepSeek, Granite)",
    )
