"""What a whole reply says: a wish, a plain no, an age.

Only whole replies are read here, or whole clauses. Who does not want to talk *to anyone* declines nothing,
and "never until last week" is not never: what stands beside the words of a wish or a no makes another reply.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from penguin_local.agent.dialogue_events import Declined, JustAnswer, Unsure
from penguin_local.core.attributes import Attribute

_SHORTENED: Final = tuple(
    (re.compile(rf"\b{short}(?!['\w])"), long)
    for short, long in (
        (r"can(?:'?t|not)", "can not"),
        (r"won'?t", "will not"),
        (r"ain'?t", "am not"),
        (r"(do|does|did|is|are|was|were|have|has|had|would|could|should)n'?t", r"\1 not"),
        (r"i'?m", "i am"),
        (r"(i|they|we|you)'?ve", r"\1 have"),
        (r"id", "i would"),
        (r"let'?s", "let us"),
        (r"thats", "that is"),
        (r"(i|he|she|they|we|you)'d", r"\1 would"),
        (r"(i|he|she|they|we|you)'ll", r"\1 will"),
        (r"(they|we|you)'re", r"\1 are"),
        (r"(he|she|it|that|there|client)'s", r"\1 is"),
    )
)


def plain(text: str) -> str:
    """Lower case, one kind of apostrophe, no punctuation round words."""
    return " ".join(re.sub(r"[^\w\s'+-]", " ", _low(text)).split())


def spelled_out(text: str) -> str:
    """Plain, and `don't` or `dont` as `do not`."""
    return _long(plain(text))


def _long(out: str) -> str:
    for short, long in _SHORTENED:
        out = short.sub(long, out)
    return out


def _low(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower().replace("\u2019", "'")


_TALK: Final = (
    r"(?:(?:say|tell|talk|speak|answer|discuss|reply|go into|get into)(?:ing)?|(?:shar|disclos)(?:e|ing))"
)
_IT: Final = (
    r"(?: (?:about|abt|on|to|into|of|with))?"
    r" (?:(?:the|your|this|that) (?:question|one|subject|topic|part)|it|this|that|these|you"
    r"|my (?:past|age|gender|relationship|marriage|job|work|money|finances|education|feelings"
    r"|(?:mental )?health))"
)
_POLITE: Final = re.compile(
    r"\b(?:please|pl[sz]|sorry|i am (?:so )?sorry|i am afraid|thanks?(?: you)?|thx|u+m+|u+h+|h+m+|well|oh"
    r"|ok(?:ay)?|really|honestly|actually|tbh|to be honest|i (?:think|guess)|maybe|and|right now"
    r"|at the moment|for now|today|if (?:that|it) is (?:ok|okay|all ?right|fine)(?: with you)?"
    r"|if you do not mind|^no(?= i | just ))\b"
)
Wish = Declined | Unsure | JustAnswer
_WAYS: Final[Mapping[Wish, tuple[str, ...]]] = {
    JustAnswer(): (
        r"(?:(?:can|could|will|would) you )?just (?:answer|reply|tell|help)(?: me)?"
        r"(?: (?:it|that|(?:the|my) question))?(?: already)?(?: now)?",
        r"(?:answer|reply)(?: me| (?:the|my) question)?(?: already)? now",
        r"(?:answer|reply) (?:me|my question)",
        r"stop (?:asking|questioning)(?: me)?(?: (?:so many|all these|these|any more|more))?(?: questions)?",
        r"(?:i have had )?(?:no more|enough)(?: of)?(?: (?:the|these|your))? questions",
        r"(?:i )?(?:do )?not want (?:to answer )?(?:any )?more questions",
    ),
    Declined(): (
        rf"(?:i (?:would |will )?)?(?:much )?(?:prefer|rather)(?: to)? not(?: too?)?(?: {_TALK}(?:{_IT})*)?",
        rf"(?:i )?(?:(?:do |would |am )?not (?:(?:want|wish|care|like|going|willing|ready) to"
        rf"|wanna|gonna|feel like|(?:feel )?comfortable)|(?:will |am |(?<!can ))not) {_TALK}(?:{_IT})*",
        rf"(?:i )?can not {_TALK}(?:{_IT})+",
        rf"(?:i (?:will )?|let us )?(?:skip|pass)(?: on)?(?:{_IT})?",
        r"no comment|next(?: question)?",
        rf"(?:i )?decline(?: to {_TALK}(?:{_IT})*)?",
        r"(?:(?:that|it|this) is )?(?:none of your|not your) (?:business|concern)",
        r"(?:(?:that|it|this) is )?(?:(?:too|very|quite|a bit) )?(?:private|personal)",
    ),
    Unsure(): (
        r"(?:i )?(?:just )?do not (?:even )?(?:know|remember)(?: (?:it|that|yet|exactly|for sure))?"
        r"(?: (?:what|how) to (?:say|answer|tell you|put it|call it))?",
        r"(?:i have )?no (?:idea|clue)|dunno|idk|who knows",
        r"(?:i am )?(?:not (?:so |too |quite |very )?(?:sure|certain)|unsure)(?: about (?:it|that|this))?",
        r"(?:i can not|can not|(?:it is )?(?:hard|difficult|impossible) to) (?:say|tell|remember)",
    ),
}
_WISHES: Final = tuple((re.compile(rf"\b(?:{'|'.join(ways)})\b"), wish) for wish, ways in _WAYS.items())


def wished(text: str) -> Wish | None:
    """Not to say, not to know, or to be answered now: where the reply says nothing beside it but politely."""
    rest = _politely(spelled_out(text))
    found: list[Wish] = []
    for pattern, wish in _WISHES:
        rest, times = pattern.subn(" ", rest)
        found += [wish] * times
    return found[0] if found and not rest.strip() else None


def _politely(said: str) -> str:
    """Without what is said out of politeness."""
    return " ".join(_POLITE.sub(" ", said).split())


_WHO: Final = r"(?:(?:i|he|she|they|(?:my|the) client) )?"
_BARE: Final = r"(?:no|nope|nah|none|nothing)"
_EVER: Final = rf"{_WHO}(?:(?:have|has|did) (?:not|never)|never(?: have| has| did)?)(?: ever)?"
_HURT: Final = (
    r"(?:(?:hurt|harm(?:ed)?|injured?) (?:my|him|her|them)sel(?:f|ves)|self[- ]?harm(?:ed)?"
    r"|(?:done|did) (?:that|it|so|anything like (?:that|it)))"
)
_ILL: Final = r"(?:problems|issues|illness(?:es)?|conditions?|disorders?|diseases?)"
_HAVE_NO: Final = rf"(?:{_WHO}(?:have |has )?no|{_WHO}(?:do|does) not have (?:any|an?)|there (?:is|are) no)"
_SOUND: Final = (
    r"(?:(?:yes|i|am|he|she|they|are|is|it|my|his|her|their|in|very|really|perfectly|physically|physical"
    r"|health|and|feel) )*(?:good|healthy|great|excellent|fit)(?: health)?"
)
_DENIALS: Final[Mapping[Attribute, tuple[str, ...]]] = {
    Attribute.SELF_HARM: (
        _BARE,
        r"(?:absolutely |definitely )?not(?: at all| ever| once)",
        rf"{_EVER}(?: {_HURT})?",
        rf"(?:no|{_HAVE_NO}) (?:history of )?self[- ]?harm(?: ever)?",
    ),
    Attribute.MENTAL: (
        _BARE,
        "never|not at all",
        rf"{_WHO}(?:do|does|am|is|are|have|has) not",
        rf"(?:no|{_HAVE_NO}|{_WHO}(?:have |has )?never had (?:any|an?)) (?:mental (?:health )?)?{_ILL}",
    ),
    Attribute.HEALTH: (
        _BARE,
        r"there (?:is|are) (?:not|none)",
        rf"(?:no|{_HAVE_NO}) (?:(?:physical|medical) )?(?:health )?{_ILL}",
        _SOUND,
    ),
}
_DENIED: Final = {a: re.compile(rf"(?:(?:{'|'.join(ways)})(?: |$))+") for a, ways in _DENIALS.items()}
_SHORT: Final = 12
"""Words in which somebody says a plain no."""
_DOUBTS: Final = re.compile(r"[^\w\s'\u2019.,;!-]|\.\.")
"""`no?`, `no...` and a `no` beside a face that weeps are not plain."""


def denied(attribute: Attribute, text: str) -> bool:
    """Whether the whole reply says "nothing of the sort", without conditions."""
    said, pattern = spelled_out(text), _DENIED.get(attribute)
    if pattern is None or len(said.split()) > _SHORT or _DOUBTS.search(text.strip()):
        return False
    return pattern.fullmatch(said) is not None


_CLAUSES: Final = re.compile(r"[,;:!?()\n]+|\.(?!\d)|\b(?:and|but|with)\b")
_BANDS: Final = ((25, "18-24"), (35, "25-34"), (45, "35-44"), (55, "45-54"), (130, "55+"))
_WHOSE: Final = (
    r"(?:(?:i|he|she|they|(?:my|the) client) (?:am|is|are|(?:just )?turned|will be)|turn(?:ed|ing)|aged?"
    r"|(?:my|his|her|their) age is)"
)
_ROUGHLY: Final = r"(?:(?:about|around|roughly|almost|nearly|only|just|now|already|turning|aged?|a|in the) )*"
_OLD: Final = r"[ /-]?(?:(?:years?|yrs?)[ -](?:old|of age)|y[ /]?o|m|f)"
_REST: Final = (
    r"(?: (?:group|range|man|woman|male|female|now|soon|already|here"
    r"|(?:this|next|last) (?:week|month|year)))*"
)
_TO: Final = re.compile(r"(?<=\d) ?(?:to|\u2013|-) ?(?=\d)")
_AGE: Final = re.compile(
    rf"(?:(?P<said>{_WHOSE} )?{_ROUGHLY})(?:(?P<band>{'|'.join(map(re.escape, Attribute.AGE.values))})"
    rf"|(?P<years>\d{{1,3}})(?:ish)?)(?P<old>{_OLD}|(?(said) years))?{_REST}"
)


def age(text: str) -> str | None:
    """The band of a number of years of life: the reply begins with it, or says whose it is or "years old".

    Weeks, days, a share, or the ages of others are none of it. Under 18 has no band of its own in the paper's
    set: the first, with the words beside it.
    """
    bands = set()
    for place, clause in enumerate(_CLAUSES.split(_low(text))):
        found = _AGE.fullmatch(_politely(_long(_TO.sub("-", clause))))
        if found:
            theirs = place == 0 or found["said"] or found["old"]
            bands.add((found["band"] or _band(int(found["years"]))) if theirs else None)
    return bands.pop() if len(bands) == 1 else None


def _band(years: int) -> str | None:
    return next((band for limit, band in _BANDS if 5 <= years < limit), None)
