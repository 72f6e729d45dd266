"""What a reply means where only leave to ask was asked for: never an answer to the question, which nobody has seen.

A yes shows the question, a no lets it be, a question back is told why; whatever else is said, leave is asked for
again. Who tells the matter itself at once is shown the question with their words beside it, and chooses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from penguin_local.agent.dialogue_events import Declined
from penguin_local.agent.session_events import Put
from penguin_local.agent.whole_replies import Wish, denied, spelled_out, wished
from penguin_local.core.attributes import Attribute

_LONG: Final = 40
"""Words from which on a reply is a story, and no longer a yes or a no."""
_CLAUSES: Final = re.compile(r"[,;:!?()\n.\u2013\u2014]+|\s-+\s|\b(?:and|but|so|because|though|cause)\b")
_MANNERS: Final = re.compile(
    r"\b(?:please|pl[sz]|sorry|thanks?(?: you)?|thx|u+m+|u+h+|h+m+|well|oh|honestly|actually|really|then|tbh"
    r"|to be honest|(?:pretty|very) much|at all|frankly|sadly|unfortunately|i am afraid(?= (?:not|no|i)\b))\b"
)
_NO: Final = (
    r"(?:(?:of course|certainly|absolutely|definitely|better|hell|god|i (?:say|said|think|guess)|probably|rather"
    r"|preferably) )*(?:no+|n|nope|nah|never|not|nein|nee|non|nej|nie)(?: (?:way|no|never|not|chance|need|ever|sir))*"
)
_WHEN: Final = (
    r"(?:(?:to|right|just|for) )*(?:today|tonight|now|yet|here|this (?:time|week)|the moment|at the moment"
    r"|like this|with you|again)"
)
_AWAY: Final = (
    r"(?:(?:go|you|just|can|could|let) )*(?:(?:go )?to hell|keep out|(?:us )?not(?: now)?|cancel"
    r"|(?:leave|let) me (?:alone|be|in peace)|get (?:lost|out|away)|go away"
    r"|(?:\w+ )?(?:back|piss|fuck|sod|bugger|buzz|clear) off|shut (?:up|it)|(?:fuck|screw) (?:you|off|this)"
    r"|drop (?:it|this|that)|forget (?:it|this|that)|mind your own(?: business)?|hands off)"
)
_LEAVE_IT: Final = (
    r"(?:(?:do not|stop|quit)(?: (?:you )?(?:ask(?:ing)?|bother(?:ing)?|pry(?:ing)?|go there|go on|it|this|that|even"
    r"|dare|start))*|i (?:(?:do|would|really|actually) )+mind(?: (?:it|that|this|you asking|if you do))?"
    r"|(?:that|it) (?:bothers|upsets) me|i (?:would )?(?:object|refuse|pass|decline)"
    r"|i (?:would|had) (?:much )?(?:rather|prefer|better)(?: (?:that|if|it))? ?(?:you )?(?:(?:did|do|would) )?not"
    r"(?: (?:ask|know|go there))?|(?:i am |i feel )?not (?:ready|comfortable|willing|in the mood|up (?:for|to)"
    r"|allowed|going)(?: (?:with|to|for))?(?: (?:it|that|this))?|i (?:do|would|will|can) not"
    r"(?: (?:want|wish|like|care|allow|feel like))?"
    r"(?: (?:to|it|that|this|you to(?: ask| know)?|to go there|be asked|to be asked))?|you (?:may|can|must|should) not"
    r"(?: ask)?|no (?:more )?questions|(?:you (?:can|could) )?(?:rather )?ask (?:me )?(?:later|tomorrow"
    r"|another time|some(?:thing|one|body) else)|(?:that|it) is (?:enough|plenty)"
    r"|(?:(?:maybe|perhaps) )?(?:(?:some )?(?:other|another) (?:time|day)|later))"
)
_REFUSED: Final = re.compile(
    rf"(?:{_NO}|(?:no )?{_AWAY}|(?:no )?{_LEAVE_IT})(?: {_WHEN}| (?:about|that|it|this|me|you))*|not {_WHEN}"
)
_YES: Final = re.compile(
    r"(?:yes+|y|yea|yeah|yep|yup|ya|aye|ja|oui|sim|tak|sure|of course|certainly|definitely|absolutely"
    r"|by all means|gladly)\b"
)
"""What follows it only says how."""
_HOW: Final = (
    r"(?: (?:(?:i guess|it|that|this|then|on|ahead|me|with (?:it|that|me))(?: |$))*"
    r"(?:(?:if|when|as long as|just|only|a|one)(?: .*|$))?)?"
)
_GRANTED: Final = re.compile(
    r"(?:ok(?:ay)?|k|fine|all ?right|no (?:problem|worries)|do|(?:do )?go (?:on|ahead|for it)|go|be my guest|shoot"
    r"|(?:fire|ask)(?: away)?|ask (?:me|it)(?: anything)?|feel free(?: to ask)?|you (?:may|can|could)(?: ask)?"
    r"|i (?:guess|suppose|think)(?: (?:so|you (?:may|can)|it is (?:ok|okay|fine|all ?right)))?|let us (?:go|hear it)"
    r"|i (?:do|would) not (?:mind|care|object)|not a problem|i have nothing to hide"
    r"|(?:that|it|this) (?:is|would be|will be|should be) (?:ok(?:ay)?|fine|all ?right|good)"
    r"|(?:i am )?(?:ok(?:ay)?|fine|all ?right|happy|willing|ready) (?:with|to|for)"
    r" (?:it|that|this|talk|answer|be asked)"
    rf"|i am (?:ready|willing|listening)){_HOW}"
    r"|(?:only )?if (?:you|it|that|we) (?:need|must|want|like|have|has|help|matter|is|think|feel|keep|stay)\w*\b.*"
    r"|as long as .+|(?:just|only) (?:a (?:bit|little|few)|one|this|briefly|quickly)\b.*"
)
_NOT: Final = re.compile(
    r"\b(?:no|nope|nah|not|never|stop|rather|unless|mind|later|tomorrow|else|hell|shut|as if|yeah right)\b"
)
_HARMLESS: Final = re.compile(
    r"\bnot (?:mind|care|matter|object|(?:too|so|very|that) \w+|much|long|a problem)\b|\bno (?:problem|worries)\b"
)
"""A "not" that takes nothing back."""
_BACK: Final = re.compile(
    r"\bwhy (?:do|does|did|would|should|are|is|must|ask|that|this|me|you)\b|\b(?:what for|how come|for what)\b"
    r"|^(?:(?:but|and|ok|okay|yes|no|i mean|wait) )*(?:why|what|huh|pardon|who|how)$"
    r"|\bwhat (?:do|does|did|are|is|has) (?:you|that|this|it)\b|\b(?:tell me|explain|wonder|know) why\b(?! i\b)"
)
_TELLING: Final[Mapping[Attribute, re.Pattern[str]]] = {
    a: re.compile(rf"\b(?:{words})\b")
    for a, words in {
        Attribute.ECONOMIC: r"debts?|broke|poor|homeless|stable|moderate|struggl\w+|salary|income|wages?"
        r"|savings|bills|rent|unemployed|afford\w*|bankrupt\w*|rich|well off",
        Attribute.HEALTH: r"healthy|ill|illness|sick|diseases?|chronic|cancer|tumou?rs?|diabet\w+|asthma\w*"
        r"|arthritis|disab\w+|pain|stroke|epilep\w+|heart|pregnan\w+|surgery|wheelchair",
        Attribute.MENTAL: r"depress\w*|anxi\w+|panic|bipolar|ptsd|ocd|adhd|autis\w+|schizo\w+|psychosis|psychotic"
        r"|borderline|trauma\w*|bulimi\w+|anorexi\w+|diagnos\w+|disorders?|therap\w+|antidepressants",
        Attribute.SELF_HARM: r"self[- ]?harm\w*|(?:hurt|harm|cut|burn|injur|starv|poison|scratch|hit)\w* (?:my|him|her"
        r"|them)sel(?:f|ves)|overdos\w+|suicid\w+|(?:tried|wanted) to (?:die|kill)|(?:i|he|she|they) (?:used to )?cut",
        Attribute.EMOTION: r"despair\w*|hopeless|desperate|depress\w*|sad(?:ness)?|unhappy|miserable|empty|numb|crying"
        r"|anxi\w+|nervous|worried|scared|afraid of|panic\w*|stress\w*|overwhelm\w*|ang(?:er|ry)|furious|lonel\w+|alone"
        r"|happ(?:y|iness)(?! (?:to|for|with))|satisf\w+|content|excit\w+|calm\w*|relaxed|indifferent|ashamed|guilty"
        r"|exhausted|feel(?:ing)? (?:down|low|good|bad|awful|terrible|nothing|fine|great)",
    }.items()
}


def may_ask(attribute: Attribute, text: str) -> Put | Wish:
    """What is put to them after this reply, or the wish that ends the question."""
    if (wish := wished(text)) is not None:
        return wish
    granting = re.sub(r"\bwhy not\b\??", "yes", text, flags=re.IGNORECASE)
    said = spelled_out(granting)
    telling = tells(attribute, text)
    if len(said.split()) > _LONG:
        return Put.QUESTION if telling else Put.AGAIN
    clauses = [c for part in _CLAUSES.split(granting) if (c := _unmannered(part))]
    yes = bool(clauses) and (_says_yes(clauses[0]) or all(map(_grants, clauses)))
    if any(map(_refuses, clauses)):
        if denied(attribute, text) and telling:
            return Put.QUESTION  # "no, I have never hurt myself" is more than a no
        return Put.AGAIN if telling or any(map(_grants, clauses)) else Declined()
    if "?" in granting or _BACK.search(said):
        return Put.WHY
    return Put.QUESTION if yes or telling else Put.AGAIN


def tells(attribute: Attribute, text: str) -> bool:
    """Whether the reply speaks of the matter itself, so that its words belong to the answer."""
    words = _TELLING.get(attribute)
    said = spelled_out(text).replace("leave me alone", " ")
    return words is not None and words.search(said) is not None


def _unmannered(part: str) -> str:
    return " ".join(_MANNERS.sub(" ", spelled_out(part)).split())


def _refuses(clause: str) -> bool:
    return _REFUSED.fullmatch(clause) is not None and not _grants(clause)


def _grants(clause: str) -> bool:
    return _says_yes(clause) or (_GRANTED.fullmatch(clause) is not None and not _takes_back(clause))


def _says_yes(clause: str) -> bool:
    return _YES.match(clause) is not None and not _takes_back(clause)


def _takes_back(clause: str) -> bool:
    return _NOT.search(_HARMLESS.sub(" ", clause)) is not None
