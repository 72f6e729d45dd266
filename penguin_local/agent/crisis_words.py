"""Our own words around danger: instructions for the model's prompt, and what is said in place of its answer."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.questions import Mode

WORDS_VERSION: Final = "crisis-words-4"
"""Changes with every word below."""

_ALWAYS: Final = (
    "This person may be in distress: be calm, warm and plain; take them seriously; no lecture, no "
    "diagnosis, no shame.",
    "Name no method or means of harm and no amount, compare none, and never say that dying would be a "
    "relief or an answer.",
    "Do not promise secrecy, and do not claim to have called, written to or alerted anybody: you cannot.",
    "Mention that people who listen can be reached by the helplines shown beside this conversation.",
)
_FEELING: Final = (
    "Answer what they feel before what they ask. Say that thoughts like these are heard often and that "
    "they can pass."
)
_ASK: Final = (
    "Ask gently and directly whether they are safe now and who could be with them; asking does not plant "
    "the idea."
)
_APART: Final = (
    "Suggest putting distance between them and anything they could be hurt with, and one trusted person "
    "to tell today.",
    "Where another person hurts or threatens them: it is not their fault; safety first; leave decisions "
    "about leaving to them.",
)
_WELCOME: Final = (
    "They say that they are safe now: welcome that first, warmly and in plain words. Do not tell them to call now "
    "and do not question them; say that the helplines stay within reach if it changes, and ask what would help in the "
    "next hour."
)
_IMMINENT: Final = (
    "There may be danger to life now: keep it short. Before anything else ask them to call the emergency "
    "number or a helpline "
    "shown beside this conversation now, or to have someone near them do it.",
    "Ask them to move away from what could hurt them, or from who could, and not to stay alone. Stay "
    "with them in the conversation.",
    "Put off every other topic; answer it only so far as it cannot add to the danger.",
)
_CLIENT: Final = (
    "You talk with someone who helps the person in danger: support them in asking openly, staying with "
    "the person, removing means, "
    "following their service's own crisis procedure and bringing in their supervisor.",
)
_NOT_FOUND: Final = "I could not find an answer that would be safe enough"
_TOO_LONG: Final = "This conversation has become longer than I can read at once"
_INSTEAD: Final = MappingProxyType(
    {
        (Level.NONE, Mode.SELF): (
            "I would rather not say that, because it could hurt you. Shall we look at what you need in "
            "another way? "
            "If things get heavy, the helplines here name people who listen."
        ),
        (Level.CONCERN, Mode.SELF): (
            "Thank you for telling me how heavy this is. I could not find words that would be safe "
            "enough to give you, so I keep to this: "
            "you matter, and you do not have to carry it alone. What has been the hardest part today? "
            "The helplines here name people who will listen, at whatever hour they are open."
        ),
        (Level.ELEVATED, Mode.SELF): (
            f"I am glad you said this. {_NOT_FOUND}, so I keep to what "
            "matters most: your safety. "
            "Are you safe right now? Is there somebody who could be with you, or whom you could ring? "
            "If there is anything near you that you could be hurt with, please put it out of reach. "
            "The helplines here name people who are there for exactly this; you can write to me as "
            "well, before, after or instead."
        ),
        (Level.IMMINENT, Mode.SELF): (
            "I am very glad you wrote this. Please, now: call the emergency number or one of the "
            "helplines here, "
            "or ask somebody near you to do it. I cannot call for you. "
            "If you can, go to where other people are, away from what or who could hurt you. "
            "You can keep writing to me. Are you safe for the next few minutes?"
        ),
        (Level.NONE, Mode.CLIENT): (
            "I would rather not say that, because it could do harm. Shall we look at it in another way? "
            "The helplines here are there for you and your client."
        ),
        (Level.CONCERN, Mode.CLIENT): (
            "This sounds heavy for your client, and for you. I could not find words that would be safe "
            "enough, so I keep to this: "
            "ask them openly how they are and whether they think of not being here any more. "
            "The helplines here have numbers for them, and you may use them too."
        ),
        (Level.ELEVATED, Mode.CLIENT): (
            f"{_NOT_FOUND}, so I keep to your client's safety. "
            "Ask directly about thoughts, plans and "
            "what is within reach; help to put means at a distance; agree who stays in touch and when. "
            "Please follow your service's crisis procedure and tell your supervisor. The helplines here "
            "are there for both of you."
        ),
        (Level.IMMINENT, Mode.CLIENT): (
            "This may be an emergency. Please stay with the person, or on the line, and call the "
            "emergency number from the helplines here now, "
            "or have a colleague do it. I cannot call for you. Keep them away from means if it is safe "
            "for you, and tell your supervisor. "
            "You can keep writing to me. What is happening at this moment?"
        ),
    }
)  # fmt: skip

_STILL: Final = (
    "I am still here with you, and I take what you write seriously. If you have called somebody, that was right; if "
    "not, please call the emergency number or one of the helplines here now, or ask somebody near you to. "
    "I cannot call for you. Move away from what or who could hurt you, to where other people are. "
    "Who could be with you in the next minutes? Are you safe right now?"
)
"""Said the second time in a row: the same words again would sound as if nobody listened."""
_SAFE: Final = (
    "I am glad that you are safe, and that you told me. Please stay near somebody, keep what could hurt you out of "
    "reach, and call the emergency number or a helpline if it changes; the helplines here have the numbers. "
    "You do not have to carry what led here alone, and you can tell me about it. "
    "What would help you through the next hour?"
)
"""To somebody in danger who says that they are safe now."""
_SAFE_AGAIN: Final = (
    "It is good to hear again that you are safe. Please keep somebody near you, and the helplines here within reach if "
    "it changes. There is no hurry now: would you like to tell me what led here, or to rest from it for a while?"
)
"""The second time in a row."""

_TOGETHER: Final = (
    "It is good that somebody is with you, and that you told me. Please stay together. If nobody has called yet, call "
    "the emergency number or one of the helplines here now, or let them do it; I cannot call for you. "
    "Let them help you to keep what could hurt you out of reach. You can both write to me meanwhile. "
    "Are you safe with them right now?"
)
"""To somebody in danger who says that somebody is with them."""

WORDINGS: Final = (*_INSTEAD.values(), _STILL, _SAFE, _SAFE_AGAIN, _TOGETHER)
"""All that can stand in place of an answer."""


def guidance(level: Level, mode: Mode, *, safe: bool = False) -> tuple[str, ...]:
    """Safe-messaging instructions for the prompt, a sentence or two each; none at NONE.

    `safe`, they say that they are; it counts below IMMINENT.
    """
    if level is Level.NONE:
        return ()
    lines: tuple[str, ...] = _ALWAYS
    if level is Level.ELEVATED:
        lines = (_WELCOME, *lines, *_APART) if safe else (*lines, _FEELING, _ASK, *_APART)
    if level is Level.IMMINENT:
        lines = (*_IMMINENT, *lines, _ASK, *_APART)
    return (*lines, *_CLIENT) if mode is Mode.CLIENT else lines


def instead(
    level: Level,
    mode: Mode,
    *,
    after: str = "",
    safe: bool = False,
    company: bool = False,
    too_long: bool = False,
) -> str:
    """The words that replace an answer that must not stand, or that there is none.

    `after`, what was answered before; `safe`, they say so; `company`, they say that somebody is with them;
    `too_long`, no answer was looked for, for the conversation is more than the model can read.
    """
    words = _INSTEAD[level, mode]
    if too_long:
        words = words.replace(_NOT_FOUND, _TOO_LONG)
    if mode is Mode.SELF and level >= Level.ELEVATED:
        if safe:
            return _SAFE_AGAIN if after == _SAFE else _SAFE
        if company:
            return _TOGETHER
        if level is Level.IMMINENT and after == words:
            return _STILL
    return words
