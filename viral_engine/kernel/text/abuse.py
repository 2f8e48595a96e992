"""Insults, threats and sexual talk, and talk that a person should read, in a text's readings."""

import re

from viral_engine.kernel.text.vocabulary import ABUSE, INSULTS, OTHER_SIGNS, SIGNS

_STAR = re.compile(r"(?<=[a-z])[*#](?=[a-z])")
_LONG = re.compile(r"([a-z])\1{2,40}")
_ABUSE = re.compile(rf"\b(?:{ABUSE})\b")
_STARRED = re.compile(
    r"\bf[*#@._\-]{1,4}[a-z]{0,2}\s{1,2}(?:you|u|off|ya|this|that|him|her|them)\b"
    r"|\bfu?c?k\s(?:you|u|off)\b"
)
_THREAT = re.compile(
    r"\b(?:i'?ll|i will|i'?m (?:going to|gonna|gunna)|i am (?:going to|gonna)|imma)\s{1,2}"
    r"(?:(?:kill|murder|stab|hurt|strangle|choke|punch|slap) (?:you|u|ya|ur|your)|beat (?:you|u) up)\b"
    r"|\bte (?:voy|vamos) a (?:matar|pegar|reventar|partir|golpear|apunalar)\b|\bte mato\b"
    r"|\b(?:voy|vamos) a (?:matarte|pegarte|reventarte|golpearte)\b"
    r"|(?:^|\b(?:go|just|should|pls|please|and|to)\s)off (?:your|ur) ?self\b"
    r"|\b(?:wanna|want to|lets|let's|let us|can we|quieres) (?:have sex|sext|fuck|tener sexo)\b"
)
_INSULT = re.compile(
    r"\b(?:you(?: are|'?re)?| r|ur|u r|u are|u|eres|sos)\s{1,2}"
    r"(?:all |such |so |a |an |the |just |really |very |un |una |muy |bien |re ){0,3}"
    rf"(?:{INSULTS})\b|\b(?:callate|shut up|stupid|dumb|maldit[oa])\s{{1,2}}(?:{INSULTS}|perr[oa])\b"
    r"|\b(?:you|u) (?:all )?suck\b|^(?:idiota?s?|tont[oa]s?|estupid[oa]s?|imbecil|losers?|morons?|stupid)[!. ]{0,3}$"
)
_WORTH_A_LOOK = re.compile(
    r"\bhow old (?:are|r) (?:you|u)\b|\bwhere (?:do |d )?(?:you|u) live\b|\bwhat(?:'?s| is) (?:your|ur) school\b|"
    r"\bsend (?:me )?(?:a |your |ur )?(?:pics?|photos?|selfies?|pictures?)\b|\bdon'?t tell (?:your|ur|anyone|any)\b|"
    r"\b(?:our|a) secret\b|\bmeet (?:me )?(?:irl|in person|alone|after school|up)\b|\b(?:you|u) (?:home )?alone\b|"
    r"\bcuantos anos tienes\b|\bdonde vives\b|\bmandame (?:una )?foto|\bno le digas a\b|\bes (?:un|nuestro) secreto\b|"
    r"\bwhat (?:are|r) (?:you|u) wearing\b|\b(?:are|r) (?:you|u) (?:a )?(?:boy|girl|male|female)\b|"
    r"\b(?:do (?:you|u) have|got) a (?:boyfriend|girlfriend|bf|gf)\b|"
    r"\b(?:see|show me) (?:your|ur) (?:face|body|room)\b|"
    r"\bmeet (?:me|up|you|u) (?:at|by|behind|in|near)\b|\bcome to my (?:house|home|place|room)\b|"
    r"\bque llevas puesto\b|\bven a mi casa\b|\btienes novi[oa]\b|"
    r"\bshut up\b|\bcallate\b|\bhate (?:you|u)\b|\bte odio\b"
)


def has_abuse(text: str) -> bool:
    """Whether the text insults or threatens, also with signs and repeats for letters: $hit, f*ck, fuuuck."""
    if _STARRED.search(text) or _THREAT.search(text):
        return True
    spellings = {text, text.translate(SIGNS), text.translate(OTHER_SIGNS), _STAR.sub("u", text)}
    spellings |= {_LONG.sub(r"\1", one) for one in spellings} | {_LONG.sub(r"\1\1", one) for one in spellings}
    return any(_ABUSE.search(one) or _INSULT.search(one) for one in spellings)


def is_worth_a_look(text: str) -> bool:
    """Whether staff should read the text, though it may be shown: a stranger's questions to a child, or a quarrel."""
    return _WORTH_A_LOOK.search(text) is not None
