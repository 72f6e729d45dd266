"""What somebody says who was asked whether they are safe: read with the question, for "no" alone says nothing.

As in `whole_replies`, only a whole reply is heard: what stands beside it is for the other readers.
"""

from __future__ import annotations

import re
from typing import Final

from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.whole_replies import spelled_out

_ASKED: Final = re.compile(r"\b(?:safe|safety)\b[^.!?\n]*\?", re.IGNORECASE)
_NO: Final = (
    r"(?:no|n|nope|nah|never|nein|nee|non|nej|n[aã]o|ne|nie|нет|ні|hay[ıi]r|yok|لا|नहीं|nahi|不|没有"
    r"|いいえ|아니요?|नह)"  # without its vowel signs, as `plain` leaves it
)
_FEEL: Final = r"(?:(?:i|we) (?:am|are|do|feel)|(?:he|she) (?:is|does)|they (?:are|do))"
_WHEN: Final = (
    r"(?:here|now|right now|tonight|today|any ?more|at all|yet|at home|alone|by myself|with (?:him|her|them|myself)"
    r"|at the moment)"
)
_UNSAFE: Final = re.compile(
    rf"(?:{_NO} )*(?:{_FEEL} )?"
    r"(?:(?:really |probably |definitely )?not (?:really |so |very )?(?:feel(?:ing)? )?safe|unsafe)"
    rf"(?: {_WHEN})*"
)
_DENIED: Final = re.compile(
    rf"(?:{_NO} ?)+(?:{_FEEL} not)?|{_FEEL} not|(?:no )?(?:not (?:really|at all|for long|much|any ?more)|probably not"
    r"|(?:i )?do not think so|i can not (?:promise(?: (?:that|it|you))?|say (?:that|i am)))"
)
_DOUBTFUL: Final = re.compile(
    r"(?:i )?(?:really |just )?(?:do not know|am not sure)|not sure|dunno|idk|maybe(?: not)?|perhaps(?: not)?"
    r"|(?:i )?(?:guess|hope|think) so|for now|hardly|barely"
)
_THING: Final = (
    r"(?:gun|guns|pistol|rifle|weapon|knife|knives|razors?|blades?|rope|noose|cord|pills?|tablets?|meds|medication"
    r"|poison|drugs?|bottle|train|tracks|platform|bridge|roof|edge|ledge|cliff|late|dead|ex)\b"
)
_WHO: Final = rf"(?:my|a|the|our|his|her)(?: (?!{_THING})[\w-]+){{1,2}}"
_COMPANY: Final = (
    rf"(?:and )?(?:{_WHO} (?:is|are) (?:here|with me|there|on (?:the|his|her|their) way|coming)(?: now)?"
    rf"|(?:i am )?(?:with|at) {_WHO}(?: now)?|(?:i am )?not alone|(?:he|she) is gone|they are gone|thanks?(?: you)?)"
)
_SAFE: Final = re.compile(
    r"(?:(?:yes|yeah|yep|ok|okay) )*(?:(?:i|we) (?:am|are|feel) )(?:quite |very |perfectly )?safe"
    rf"(?: (?:{_WHEN}|again|for now))*(?: {_COMPANY})*"
)

_SHORT: Final = 24
"""Words in which somebody says who is with them."""
_PERSON: Final = (
    r"(?:mum|mom|mam|mother|dad|father|parents|sister|brother|siblings|wife|husband|partner|fianc[eé]e?|boyfriend"
    r"|girlfriend|son|daughter|aunt(?:ie|y)?|uncle|cousin|niece|nephew|nan|gran|grandma|grandmother|grandad|grandfather"
    r"|family|friends?|mates?|buddy|flatmate|roommate|housemate|neighbou?rs?|colleague|teacher|tutor|coach|nurse"
    r"|doctor|carer|caregiver|counsell?or|therapist|social worker|key ?worker|midwife|priest|pastor|imam|rabbi|chaplain"
    r"|police|paramedics?|ambulance(?: crew)?|crew|warden|landlady|people)"
)
_ONE: Final = (
    rf"(?:(?:my|a|an|the|our|two|some)(?: (?!dead|late|ex|same|angry|drunk|violent|abusive|no\b)[\w-]+){{0,2}}?"
    rf" {_PERSON}(?: (?!not|never|who|'?s\b|is|are)[\w-]+)?"
    r"|he|she|they|some(?:one|body)|people)"
)
_THOSE: Final = rf"{_ONE}(?:,? and {_ONE})*"
_NEAR: Final = (
    r"(?:here(?: with (?:me|us))?|there|with (?:me|us)|beside me|next to me|(?:at|by) my side"
    r"|(?:sitting|staying|waiting) (?:here )?with me"
    r"|holding (?:me|my hand))(?: here)?"
)
_TOGETHER: Final = (
    rf"(?:{_THOSE}(?:'?s| is| are)(?: (?:right|still|already|also|now|finally|just))* {_NEAR}"
    rf"|{_THOSE}(?: has| have)?(?: just| now)? (?:come|came|arrived|got)(?: (?:here|over|round|to me|in))*"
    rf"|i am(?: (?:here|now|still))? with {_THOSE}|i have(?: got)? {_THOSE} (?:here|with me|beside me)"
    rf"|there (?:is|are) {_THOSE} (?:here(?: with me)?|with me)|i am (?:not|no longer) alone|we are together)"
)
_ALSO: Final = (
    rf"(?:(?:she|he|they|we|i|{_ONE})(?: (?:am|is|are|have|has))?(?: just| already)?"
    r" (?:call(?:ed|ing|s)?|phon(?:ed|ing)|r(?:a|i)ng(?:ing)?|stay(?:s|ing)?|will stay|waiting)"
    r"(?: (?:here|with me|(?:the |an )?(?:ambulance|police|doctor|helpline|emergency number)|them|999|911|112"
    r"|for help))*"
    r"|thanks?(?: you)?(?: so much| very much)?|now|right now|too|tonight|at the moment|again)"
)
_ACCOMPANIED: Final = re.compile(
    r"(?:(?:yes|yeah|yep|ok(?:ay)?|no|thanks?(?: you)?(?: so much| very much)?|i called|it is ok(?:ay)?) )*"
    r"(?:and |but )?"
    rf"{_TOGETHER}(?: (?:and |so )?(?:{_TOGETHER}|{_ALSO}))*"
)

_YES: Final = (
    r"(?:yes|y|yeah|yea|ye|yep|yup|aye|ja|s[ií]|oui|sim|tak|evet|haan|да|так|نعم|ह|是|是的|はい|네|예"
    r"|of course|definitely|absolutely)"
)
_SO: Final = (
    r"(?:(?:i|we) (?:am|are|do|can|will|feel (?:it|so))(?: (?:ok|okay|fine|all right|alright))?|safe|now|right now|here"
    r"|tonight|today|at home|at the moment|again|for (?:now|the moment|the next (?:few )?minutes))"
)
_AFFIRMED: Final = re.compile(
    rf"(?:{_YES}(?: |$))+(?:(?:and )?(?:{_SO}|{_COMPANY}|{_TOGETHER})(?: |$))*"
    r"|(?:i|we) (?:am|are|do|can|will)(?: now)?"
)
_OFTEN: Final = (
    r"(?:now|right now|sometimes|often|always|a (?:bit|little|lot)|all the time|every (?:day|night)|again|lately"
    r"|tonight|today|already)"
)
_ADMITTED: Final = re.compile(
    rf"(?:{_YES}(?: |$))+(?:(?:i|we|he|she|they|it) (?:am|are|is|do|does|did|have|has|was|were)(?: |$))?"
    rf"(?:{_OFTEN}(?: |$))*"
    rf"|(?:i|he|she|they) (?:am|are|is|do|does|did|have|has)(?: {_OFTEN})*|(?:{_OFTEN} ?)+"
)
_WELCOMED: Final = re.compile(r"\b(?:glad|good)\b[^.!?\n]*\bsafe\b", re.IGNORECASE)
_TAKEN_BACK: Final = re.compile(
    rf"(?:{_NO} )*(?:but )?(?:not any ?more|no longer(?: safe)?"
    r"|i (?:am|feel) (?:not|no longer)(?: safe)?(?: any ?more)?"
    r"|(?:i (?:lied|was lying|only said (?:that|it|so))|(?:that|it) was (?:a lie|not true))"
    rf"|(?:{_THOSE})(?: has| have| had| is| are)?(?: just| already| to)* (?:left|gone|went|leaving|go|leave)"
    rf"(?: (?:me|home|out|away|to \w+|again|early|now|already|again))*"
    rf"|i am (?:all )?alone(?: again)?)(?: {_NO}| {_WHEN})*"
)
_ENDS: Final = (
    r"(?:kill\w*|end(?:ing)? (?:it|your|their|his|her|my)|hurt\w*|harm\w*|suicid\w*|die|dying|death"
    r"|do(?:ing)? it)"
)
_NOW: Final = re.compile(
    r"\b(?:are|is) (?:you|he|she|they|your \w+|the \w+) (?:\w+ )?in (?:\w+ )?danger\b"
    r"|\b(?:taken|swallowed|overdosed)\b"
    rf"|\b(?:going|plan(?:ning)?|about|intend(?:ing)?|mean|decided) (?:on |to )(?:\w+ ){{0,2}}?{_ENDS}\b"
    r"|\b(?:do|does|have|has|is|did) \w+ (?:\w+ )?(?:a|any|such a) plan\b"
    rf"|{_THING}[^?]*\b(?:with (?:you|them|him|her)|within reach|at hand|near (?:you|by))\b"
)
_THOUGHTS: Final = re.compile(
    rf"\b(?:think\w*|thoughts?|feel\w*|want\w*|wish\w*|urge\w*|consider\w*|tempted)\b[^?]*\b{_ENDS}\b|\bsuicidal\b"
    r"|\b(?:hurt\w*|hit\w*|beat\w*|threaten\w*|abus\w*|forc\w*|harm\w*) (?:you|them|him|her|your \w+)(?:self|selves)?\b"
)
_LONGEST: Final = 200
"""Characters in which somebody says no more than that they are safe."""
_QUESTION: Final = re.compile(r"[^.!?\n]*\?")
_IS_SAFE: Final = re.compile(
    r"\b(?:are|do|is|does|will|can|could) (?:you|we|she|he|they|it|your|the)\b[^?]*\bsafe\b(?! to\b)"
)
_WITH_WHOM: Final = re.compile(
    r"\b(?:who|some(?:one|body)|any(?:one|body))\b[^?]*\b(?:with|near|ring|call|reach|stay|tell|come)\b"
)
_OTHERWISE: Final = re.compile(
    r"\b(?:danger|unsafe|not|hurt\w*|harm\w*|kill\w*|die|dying|suicid\w*|pills?|weapons?|gun|knife|threat\w*|alone|what"
    r"|how|where|why|when|which)\b|n't\b|\bsafe\b[^?]*\bor\b"
)


def accompanied(text: str) -> bool:
    """Whether the whole reply says that somebody is with them, and at most who calls or stays."""
    said = spelled_out(text)
    return "?" not in text and len(said.split()) <= _SHORT and _ACCOMPANIED.fullmatch(said) is not None


def asks_whether_safe(said: str) -> bool:
    """Whether something that was said to a person asks them that."""
    return _ASKED.search(said) is not None


def yes_is_safe(said: str) -> bool:
    """Whether a plain yes to what was said to a person says that they are safe.

    It does where they were asked that, and nothing else but who is with them: "Are you safe? Have you taken
    anything?" is not answered by it.
    """
    questions = [question.lower().replace("\u2019", "'") for question in _QUESTION.findall(said)]
    asked = [_IS_SAFE.search(question) is not None for question in questions]
    return any(asked) and all(
        not _OTHERWISE.search(question) and (is_safe or _WITH_WHOM.search(question) is not None)
        for question, is_safe in zip(questions, asked, strict=True)
    )


def safe(text: str, *, yes: bool = False) -> bool:
    """Whether the whole reply says that they are safe, and perhaps who is with them.

    `yes`, whether a plain yes says it, for they were asked.
    """
    if len(text) > _LONGEST:
        return False
    said = spelled_out(text)
    if _SAFE.fullmatch(said):
        return True
    return yes and "?" not in text and ".." not in text and _AFFIRMED.fullmatch(said) is not None


def taken_back(text: str, asked: str) -> bool:
    """Whether it takes back that they are safe, or says that whoever was with them is gone.

    In reply to a welcome of that word, or to the question.
    """
    if not (_WELCOMED.search(asked) or asks_whether_safe(asked)):
        return False
    return len(text) <= _LONGEST and _TAKEN_BACK.fullmatch(spelled_out(text)) is not None


def admitted(text: str, asked: str) -> Level:
    """What a plain yes says to questions about danger, a plan, thoughts of death or being hurt; NONE for others."""
    if len(text) > _LONGEST or "?" in text or not _ADMITTED.fullmatch(spelled_out(text)):
        return Level.NONE
    questions = " ".join(_QUESTION.findall(asked.lower().replace("\u2019", "'")))
    if _NOW.search(questions):
        return Level.IMMINENT
    return Level.ELEVATED if _THOUGHTS.search(questions) else Level.NONE


def unsafe(text: str, *, asked: bool) -> Level:
    """What a whole reply says that is no yes; `asked`, whether it answers that question. NONE for all other words."""
    said = spelled_out(text)
    if _UNSAFE.fullmatch(said):
        return Level.IMMINENT if asked else Level.ELEVATED
    if not asked:
        return Level.NONE
    if _DENIED.fullmatch(said):
        return Level.IMMINENT
    return Level.ELEVATED if _DOUBTFUL.fullmatch(said) else Level.NONE
