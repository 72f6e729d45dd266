"""An injury by accident, told and nothing else: a cut while shaving is no self-harm.

As in `whole_replies`, only a whole message is heard: one word more, and it is for the readers of danger.
"""

from __future__ import annotations

import re
from typing import Final

from penguin_local.agent.whole_replies import spelled_out

_SHORT: Final = 24
"""Words in which somebody tells that and no more."""
_BUT: Final = (
    r"(?!(?:purpose|deliberate(?:ly)?|intentional(?:ly)?|deep(?:er|ly)?|alone|and|but|because|cutting|burning|hurting"
    r"|harming|again|it|razors?|blades?|kni(?:fe|ves)|irons?|ovens?|stoves?|wrists?|thighs?|arms?|legs?"
    r"|stomach|belly|hips?|skin|blood|\w*days?|nights?|weekends?|me|myself)\b)"
)
"""Words that say more than how it came about, or that stand where nothing comes about by itself."""
_THING: Final = (
    rf"(?: (?:the|some|an?|my|our|his|her))?(?: {_BUT}[\w-]+){{1,2}}(?: of (?:the )?{_BUT}\w+)?"
    rf"(?: for (?:the )?{_BUT}\w+)?"
)
_WHO: Final = r"(?:i|he|she|they|we|my \w+)(?: have| has)?"
_HURT: Final = (
    r"(?:cut|hurt|(?:nick|scald|scratch|bump|bang|prick|jabb|stabb|sprain|twist|pull|burn|slic|graz|scrap|bruis)ed"
    r"|burnt)"
)
_WHAT: Final = (
    r"(?:(?:my|him|her|them|our)sel(?:f|ves)|(?:my|his|her|their)(?: (?:left|right|big|little|middle|index))?"
    r" (?:fingers?|thumb|hand|palm|knuckles?|knees?|chin|face|lip|toes?|foot|back|shoulder|ankle|elbow|shin|head"
    r"|legs?))"
)
_MISHAP: Final = (
    r"(?:by (?:accident|mistake)|accidentally|(?:it was )?(?:just |only )?an accident|(?:it was )?not on purpose"
    r"|(?:i )?did not mean to)"
)
_DOING: Final = (
    r"(?:(?:while|whilst|when|as)(?: (?:i|he|she|they) (?:was|were))? )?"
    r"(?:shav|cook|bak|chopp|slic|peel|carv|open|wash|garden|prun|mow|weed|digg|saw|sand|drill|hammer|sew|fall|play|lift"
    rf"|cycl|runn|climb|clean|repair|fix|mak|build)ing(?:{_THING})?"
)
_PLACE: Final = (
    rf"(?:on{_THING}|(?:in|at) (?:the )?(?:garden|gym|work|workshop|football|training|practice|sports?))"
)
_HOW: Final = rf"(?:{_MISHAP}|{_DOING}|{_PLACE})"
_BESIDE: Final = (
    r"(?:today|this (?:morning|afternoon|evening)|yesterday|last night|earlier|just now|a (?:bit|little)|badly|slightly"
    r"|ouch|ow|oops|silly me"
    r"|(?:and )?it (?:stings|hurts|bled|bleeds|is bleeding|is fine)(?: (?:a (?:bit|little|lot)|now))?"
    r"|what (?:should|can|do) i (?:do|put on it)|(?:do i|does (?:it|this)) need (?:a )?(?:stitch(?:es)?|plaster)"
    r"|how (?:do|can|should) i (?:clean|treat|dress|bandage|stop) (?:it|this|the \w+))"
)
_ACCIDENT: Final = re.compile(
    rf"(?:{_BESIDE} )*(?:{_WHO} )?(?:just |only )?"
    rf"(?:accidentally {_HURT} {_WHAT}(?: {_BESIDE})*(?: {_HOW})?|{_HURT} {_WHAT}(?: {_BESIDE})* {_HOW})"
    rf"(?: (?:{_HOW}|{_BESIDE}))*"
)


def accident(text: str) -> bool:
    """Whether the whole message tells of an injury and how it came about by accident, and of nothing else."""
    said = spelled_out(text)
    return len(said.split()) <= _SHORT and _ACCIDENT.fullmatch(said) is not None
