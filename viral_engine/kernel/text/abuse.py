"""Insults, threats and sexual talk, and talk that a person should read, in a text's readings."""

import re

from viral_engine.kernel.text.vocabulary import ABUSE, INSULTS, SIGNS

_STAR = re.compile(r"(?<=[a-z])[*#](?=[a-z])")
_LONG = re.compile(r"([a-z])\1{2,40}")
_ABUSE = re.compile(rf"\b(?:{ABUSE})\b")
_INSULT = re.compile(
    r"\b(?:you(?: are|'?re)?| r|ur|u r|u are|u|eres|sos)\s{1,2}"
    r"(?:all |such |so |a |an |the |just |really |very |un |una |muy |bien |re ){0,3}"
    rf"(?:{INSULTS})\b|\b(?:callate|shut up|stupid|dumb|maldit[oa])\s{{1,2}}(?:{INSULTS}|perr[oa])\b"
    r"|\b(?:you|u) (?:all )?suck\b|^(?:idiota?s?|tont[oa]s?|estupid[oa]s?|imbecil|losers?|morons?|stupid)[!. ]{0,3}$"
)
_WORTH_A_LOOK = re.compile(
    r"\bhow old (?:are|r) (?:you|u)\b|\bwhere (?:do|d) (?:you|u) live\b|\bwhat(?:'?s| is) (?:your|ur) school\b|"
    r"\bsend (?:me )?(?:a |your |ur )?(?:pics?|photos?|selfies?|pictures?)\b|\bdon'?t tell (?:your|ur|anyone|any)\b|"
    r"\b(?:our|a) secret\b|\bmeet (?:me )?(?:irl|in person|alone|after school|up)\b|\b(?:you|u) (?:home )?alone\b|"
    r"\bcuantos anos tienes\b|\bdonde vives\b|\bmandame (?:una )?foto|\bno le digas a\b|\bes (?:un|nuestro) secreto\b|"
    r"\bshut up\b|\bcallate\b|\bhate (?:you|u)\b|\bte odio\b"
)


def has_abuse(text: str) -> bool:
    """Whether the text insults or threatens, also with signs and repeats for letters: $hit, f*ck, fuuuck."""
    spellings = {text, text.translate(SIGNS), _STAR.sub("u", text)}
    spellings |= {_LONG.sub(r"\1", one) for one in spellings} | {_LONG.sub(r"\1\1", one) for one in spellings}
    return any(_ABUSE.search(one) or _INSULT.search(one) for one in spellings)


def is_worth_a_look(text: str) -> bool:
    """Whether staff should read the text, though it may be shown: a stranger's questions to a child, or a quarrel."""
    return _WORTH_A_LOOK.search(text) is not None
