"""How each family of models is spoken to: our own table, chosen by what the file says of itself.

A prompt is a row of pieces. Only the template's own control tokens are tokenised as such; everything else,
template words and data alike, is text in which a control token is only letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from penguin_local.errors import ModelError
from penguin_local.lm.base import Message, Role
from penguin_local.lm.weights import Header


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a prompt."""

    text: str
    special: bool = False
    """Parse control tokens in it: true only of the template's own."""


class Thinking(StrEnum):
    """What a model does before it answers."""

    NONE = "none"
    OFF = "off"
    """It could think; an empty thinking block at the beginning of its turn tells it not to."""
    BUDGETED = "budgeted"
    """It always thinks; so much is allowed, then the block is closed for it."""


class ChatFormat(Protocol):
    """What the engine needs of a format."""

    @property
    def family(self) -> str:
        """Its name."""
        ...

    @property
    def thinking(self) -> Thinking:
        """What this model does before it answers."""
        ...

    @property
    def stop(self) -> tuple[str, ...]:
        """Texts that end a turn in this family, besides its end-of-turn token."""
        ...

    def prompt(
        self, messages: Sequence[Message], *, prefill: str = "", answer_now: bool = False
    ) -> list[Piece]:
        """The conversation and the opening of the assistant's turn.

        `answer_now` closes a thinking block even where the model would insist on one.
        """
        ...


@dataclass(frozen=True, slots=True)
class FamilyFormat:
    """A family of our table: what stands before and after each turn."""

    family: str
    turns: dict[Role, tuple[str, str]]
    """No entry for the system role: it is folded into the first user turn."""
    specials: tuple[str, ...]
    """The control tokens among those words."""
    thinking: Thinking = Thinking.NONE
    stop: tuple[str, ...] = field(default=())

    def prompt(
        self, messages: Sequence[Message], *, prefill: str = "", answer_now: bool = False
    ) -> list[Piece]:
        """See `ChatFormat`."""
        pieces: list[Piece] = []
        turns = messages if Role.SYSTEM in self.turns else fold_system(messages)
        for message in turns:
            before, after = self.turns[message.role]
            pieces += [*self._template(before), Piece(message.content), *self._template(after)]
        thought = opening(self.thinking, answer_now=answer_now)
        before = self.turns[Role.ASSISTANT][0]
        # A space before the answer is part of the answer's first token: left for the model to write.
        pieces += self._template(before if thought or prefill else before.rstrip(" "))
        return [*pieces, *([Piece(thought, special=True)] if thought else []), Piece(prefill)]

    def _template(self, words: str) -> list[Piece]:
        if not self.specials:
            return [Piece(words)]
        parts = re.split("(" + "|".join(map(re.escape, self.specials)) + ")", words)
        return [Piece(part, special=part in self.specials) for part in parts if part]


def opening(thinking: Thinking, *, answer_now: bool) -> str:
    """What stands at the beginning of the assistant's turn to steer its thinking."""
    if thinking is Thinking.OFF or (thinking is Thinking.BUDGETED and answer_now):
        return "<think>\n\n</think>\n\n"
    return "<think>\n" if thinking is Thinking.BUDGETED else ""


def fold_system(messages: Sequence[Message]) -> list[Message]:
    """System turns become the beginning of the user turn that follows, for families without a system role."""
    folded: list[Message] = []
    waiting: list[str] = []
    for message in messages:
        if message.role is Role.SYSTEM:
            waiting.append(message.content)
        elif message.role is Role.USER and waiting:
            folded.append(Message(Role.USER, "\n\n".join([*waiting, message.content])))
            waiting = []
        else:
            folded.append(message)
    if waiting:
        folded.append(Message(Role.USER, "\n\n".join(waiting)))
    return folded


def _turns(
    user: tuple[str, str], assistant: tuple[str, str], system: tuple[str, str] | None
) -> dict[Role, tuple[str, str]]:
    turns = {Role.USER: user, Role.ASSISTANT: assistant}
    return turns if system is None else {Role.SYSTEM: system, **turns}


def _named(
    before: str, after: str, assistant: str = "assistant", *, system: bool = True
) -> dict[Role, tuple[str, str]]:
    return _turns(
        (before.format("user"), after),
        (before.format(assistant), after),
        (before.format("system"), after) if system else None,
    )


_IM = ("<|im_start|>", "<|im_end|>")
_PHI = ("<|system|>", "<|user|>", "<|assistant|>", "<|end|>")
_INST = ("[INST]", "[/INST]", "</s>")

FAMILIES: dict[str, FamilyFormat] = {
    f.family: f
    for f in (
        FamilyFormat("chatml", _named("<|im_start|>{}\n", "<|im_end|>\n"), _IM),
        FamilyFormat(
            "llama3",
            _named("<|start_header_id|>{}<|end_header_id|>\n\n", "<|eot_id|>"),
            ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
        ),
        FamilyFormat(
            "gemma",
            _named("<start_of_turn>{}\n", "<end_of_turn>\n", "model", system=False),
            ("<start_of_turn>", "<end_of_turn>"),
        ),
        FamilyFormat("phi3", _named("<|{}|>\n", "<|end|>\n"), _PHI),
        FamilyFormat("phi4-mini", _named("<|{}|>", "<|end|>"), _PHI),
        FamilyFormat("phi4", _named("<|im_start|>{}<|im_sep|>", "<|im_end|>"), (*_IM, "<|im_sep|>")),
        FamilyFormat(
            "granite",
            _named("<|start_of_role|>{}<|end_of_role|>", "<|end_of_text|>\n"),
            ("<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>"),
        ),
        # In v1 the brackets are ordinary text; from v3 on they are control tokens, and whether a space
        # follows them is the tokenizer's affair: SentencePiece adds one, Tekken does not.
        FamilyFormat("mistral-v1", _turns(("[INST] ", " [/INST]"), (" ", "</s>"), None), ("</s>",)),
        FamilyFormat("mistral-v3", _turns(("[INST]", "[/INST]"), ("", "</s>"), None), _INST),
        FamilyFormat(
            "mistral-v7",
            _turns(("[INST]", "[/INST]"), ("", "</s>"), ("[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]")),
            (*_INST, "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"),
        ),
        FamilyFormat("llama2", _turns(("[INST] ", " [/INST]"), (" ", "</s>"), None), ("</s>",)),
        FamilyFormat(
            "deepseek-llm",
            _turns(("User: ", "\n\n"), ("Assistant: ", "<｜end▁of▁sentence｜>"), ("", "\n\n")),
            ("<｜end▁of▁sentence｜>",),
            stop=("\n\nUser:",),
        ),
        FamilyFormat(
            "deepseek",
            _turns(("<｜User｜>", ""), ("<｜Assistant｜>", "<｜end▁of▁sentence｜>"), ("", "\n\n")),
            ("<｜User｜>", "<｜Assistant｜>", "<｜end▁of▁sentence｜>"),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a model file says of itself that bears on how to speak to it."""

    name: str
    architecture: str
    template: str
    """Its chat template, or empty."""
    control_tokens: frozenset[str]
    """Those of `PROBES` that its vocabulary holds as single control tokens."""

    @classmethod
    def of(cls, name: str, header: Header, control_tokens: Iterable[str]) -> FileFacts:
        """Of the file of this name."""
        return cls(
            name=f"{name} {header.text('general.name')}",
            architecture=header.architecture,
            template=header.text("tokenizer.chat_template"),
            control_tokens=frozenset(control_tokens),
        )


PROBES = ("<|im_start|>", "<|start_header_id|>", "<start_of_turn>", "[INST]", "[SYSTEM_PROMPT]")


def recognise(facts: FileFacts) -> FamilyFormat | None:
    """The family of our table that this file belongs to, or None."""
    family = _by_template(facts) if facts.template else _by_vocabulary(facts)
    if family is None:
        return None
    thinking = thinking_of(facts.template) if facts.template else Thinking.NONE
    found = FAMILIES[family]
    return FamilyFormat(found.family, found.turns, found.specials, thinking, found.stop)


def mute(name: str, header: Header) -> bool:
    """Whether a file cannot chat, by its header alone: what is not loaded yet is given the benefit of every token."""
    facts = FileFacts.of(name, header, set(PROBES).intersection(header.tokens))
    return not facts.template and recognise(facts) is None


def thinking_of(template: str) -> Thinking:
    """Whether the model thinks, and whether it can be told not to."""
    if "<think>" not in template:
        return Thinking.NONE
    if "enable_thinking" in template or "<｜Assistant｜>" in template:
        return Thinking.OFF
    # A template that only takes thinking out of earlier turns does not make the model think.
    return Thinking.BUDGETED if re.search(r"assistant(\\n|\n)<think>", template) else Thinking.NONE


def _by_template(facts: FileFacts) -> str | None:
    t = facts.template
    if "<|im_start|>" in t:
        return "phi4" if "<|im_sep|>" in t else "chatml"
    if "[INST]" in t:
        if "[SYSTEM_PROMPT]" in t:
            return "mistral-v7"
        return _inst(facts, t)
    for mark, family in (
        ("<|start_header_id|>", "llama3"),
        ("<start_of_turn>", "gemma"),
        ("<|start_of_role|>", "granite"),
        ("<｜User｜>", "deepseek"),
        ("'<|' + message['role'] + '|>'", "phi4-mini"),
    ):
        if mark in t:
            return family
    if "<|end|>" in t and "<|user|>" in t:
        return "phi3"
    return "deepseek-llm" if "'User: '" in t and "'Assistant:" in t else None


def _inst(facts: FileFacts, template: str) -> str:
    if "[INST]" in facts.control_tokens:
        return "mistral-v3"
    return "llama2" if "<<SYS>>" in template else "mistral-v1"


def _by_vocabulary(facts: FileFacts) -> str | None:
    """For files without a template: control tokens that only one family has, else a well-known name."""
    for mark, family in (
        ("<|im_start|>", "chatml"),
        ("<|start_header_id|>", "llama3"),
        ("<start_of_turn>", "gemma"),
        ("[SYSTEM_PROMPT]", "mistral-v7"),
        ("[INST]", "mistral-v3"),
    ):
        if mark in facts.control_tokens:
            return family
    name = facts.name.lower().replace("_", "-")
    if "mistral" in name and "instruct" in name:
        return "mistral-v1"
    return "deepseek-llm" if "deepseek-llm" in name and "chat" in name else None


def cannot_chat(name: str) -> ModelError:
    """The error for weights without any form of conversation."""
    return ModelError(
        f"{name} cannot chat: the file holds no chat template and belongs to no family we know",
        hint="choose an instruction-tuned file of the same model (usually 'instruct' or 'chat' in its name)",
    )
