"""Handles on other sites, and asking for them, in a text's readings."""

import re

from viral_engine.kernel.text.vocabulary import GAMES, MISSPELLED, SIGNS, SITES, SOCIAL, WORDY_SITES

# A word with a digit, a dot or an underline in it.
_HANDLE = r"(?=[\w.\-]{0,30}[a-z])(?=[\w.\-]{0,30}[\d_.])[a-z0-9_][\w.\-]{2,30}\w"
_SHORT = r"sc|dc"
_ASK = (
    r"add|find|look up|search|follow|text|dm|message|msg|hit|hmu|reach|pm|friend|write|talk|chat|call|see|inbox|"
    r"contact|get|ping|"
    r"agrega(?:s|me)?|anade(?:me)?|busca(?:me)?|escribe(?:me)?|sigue(?:me)?|manda(?:me)?|llama(?:me)?|habla(?:me)?|"
    r"contacta(?:me)?|hablamos|seguimos|estoy"
)
_OWN = r"(?:my|mi)\s{1,2}(?:new |other |old |real |main |private |second |nuevo |otro )?"
_YOUR = (
    r"(?:your|ur|yr|tu|(?:u|you) (?:got|have)|do you have|give me|gimme|got|drop|dame|pasa(?:me)?|tienes|teneis)\s{1,2}"
    r"(?:a |an |any |your |ur |tu |el |new |un )?"
)
# "my roblox game" is a thing, "my roblox ada" a person.
_NOT_A_THING = (
    r"(?!(?:game|post|video|story|photo|picture|app|page|channel|feed|logo|ad|ads|dance|song|filter|bot|server|money|"
    r"world|map|avatar|stopped|crashed|broke|died|froze|was|has|had|got|means|and|or|to|in|on|at|for|circuits?|cup|test|"
    r"fan|lover|kid|player|gamer|king|queen|fact|question|time|break|user|account|acc|name|is|es|does|can|will|lol|too|so|that|this|when|like)\b)"
)
_NO_GHOST = (
    r"(?!(?:bo{1,9}|lol|haha\w{0,9}|halloween|happy|spooky|scary|ghosts?|nice|cool|wow|help|math|class|story|trick|"
    r"party)\b)"
)
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:^|[\s:;,(])@[a-z_][\w.]{1,40}",
        r"\b\w{2,32}\s?#\s?\d{4,6}\b|\b\w{1,32}#\d{3,6}\b",
        rf"\b(?:{SITES}|{_SHORT})\s{{0,2}}(?:[:=@#>~$]|->|is\s{{0,2}}:)\s{{0,2}}\w",
        rf"\b(?:{WORDY_SITES})\s{{0,2}}[:=@#]\s{{0,2}}{_HANDLE}",
        (
            rf"\b(?:{_ASK})\s{{1,2}}(?:me|us|my|more|you|it|with me|to me|up)?\b.{{0,30}}?"
            rf"\b(?:on|in|at|by|via|through|over|en|por|al)\s{{1,2}}(?:my |mi |el )?(?:{SITES}|{_SHORT})\b"
        ),
        rf"\badd\s{{1,2}}(?:me|my)\b.{{0,12}}\b(?:{SITES}|{_SHORT})\b|\b(?:agrega|anade)\w{{0,3}} mi (?:{SITES})\b",
        rf"\b(?:{SITES})\s{{1,2}}me\b|\b(?:dm|pm|inbox)\s{{1,2}}me\b|\bhmu\b|\bslide in(?:to)? (?:my|the) dms?\b",
        rf"\b{_OWN}(?:{SITES}|{_SHORT})(?:'s|s)?\s{{0,2}}(?:is|es|user|name|id|tag|handle|[:=@]|{_HANDLE})",
        rf"\b{_YOUR}(?:{SITES}|{_SHORT})\b",
        (
            rf"\b(?:{SITES}|{_SHORT})\s{{1,2}}(?:user(?:name)?|name|id|tag|handle|acc(?:ount)?|gamertag|usuario|cuenta)"
            r"\s{0,2}(?:is|es|:)?\s{0,2}\w"
        ),
        rf"\b(?:{SITES}|{_SHORT})\s{{1,2}}(?:is|as|es|called|under|como|-)?\s{{0,2}}{_HANDLE}",
        rf"(?<![\w.\-]){_HANDLE}\s{{1,2}}(?:on|in|en|por)\s{{1,2}}(?:{SITES}|{WORDY_SITES})\b",
        (
            r"\b(?:i'?m|i am|it'?s|soy|me llamo|called|(?:name|user|username|handle) is|as)\s{1,2}\w{3,30}\s{1,2}"
            rf"(?:on|in|en)\s{{1,2}}(?:{SITES}|{_SHORT})\b"
        ),
        rf"\badd {_HANDLE}|^(?:{SOCIAL}) {_NOT_A_THING}\w{{2,20}}[.!]{{0,3}}$",
        rf"\b{_OWN}(?:{SOCIAL}) {_NOT_A_THING}\w{{2,20}}",
        r"\b(?:my|your|ur|tu|mi) (?:username|user name|user|handle|gamertag|nick|usuario) (?:is|es|on|en|:)\s?\w",
        r"\bgamertag\b|\bwhat'?s (?:your|ur) @",
        rf"^(?:{SOCIAL})\s?[?!.]{{0,3}}$|^\w{{3,20}} (?:on|in|en) (?:{SOCIAL})[.!]{{0,3}}$",
        rf"\b(?:join|come to|come on|into|on|in|to)\s{{1,2}}(?:my|mi)\s{{1,2}}(?:{SITES}|{_SHORT})\b",
        rf"\b(?:i'?m|i am)\s{{1,2}}on\s{{1,2}}(?:{SOCIAL})\b",
        rf"\b(?:usuario|user(?:name)?)\s{{1,2}}(?:de|on|in|for|en)\s{{1,2}}(?:{SITES})\b",
        (
            r"\b(?:give|send|drop|gave|paso|doy|mando)\s{1,2}(?:you |me |u )?(?:my|your|ur|mi|tu)\s{1,2}"
            r"(?:number|num|numero|digits|nr)\b"
        ),
        (
            r"\b(?:my|your|ur|mi|tu) (?:phone|cell(?: ?phone)?|mobile|tel|celular|telefono|movil) "
            r"(?:number|num|nr|#|numero|is \d)"
        ),
        r"\b(?:your|ur|tu) (?:digits|numero(?: de (?:tel\w{0,6}|cel\w{0,5}|movil|wh\w{0,8}|wpp))|e-?mail|correo)\b",
        r"\b(?:my|mi) (?:e-?mail|correo) (?:address )?(?:is|es|:)\s?\w",
        (
            rf"\b(?:(?:{GAMES})\s{{1,2}}(?:is |name |user |tag )?{_HANDLE}"
            r"|(?:minecraft|fortnite|epic games|line id)\s{0,2}[:=@]\s{0,2}\w{3}"
            r"|(?:qq|kakao|zoom|line|wechat|steam) ?(?:id|number|code)?\s?:?\s?\d{5})"
        ),
    )
)
# Patterns that are tried only in a text with one of the words before them.
_RARE = tuple(
    (needed.split(), re.compile(pattern))
    for needed, pattern in (
        (
            "gram",
            (
                rf"\b(?:my|the|ur|your|mi) gram\s{{0,2}}(?:is\s{{1,2}}|es\s{{1,2}}|\s|[:=@]\s{{0,2}}){_HANDLE}"
                r"|\b(?:my|the) gram\s{0,2}[:=@]\s{0,2}\w"
            ),
        ),
        ("code id", r"\b(?:friend|trainer|player) (?:code|id)\b.{0,12}\d{3}"),
        (
            "every same todo todas",
            (
                rf"\b(?:i'?m|i am|its|it's|soy|name|user)\s{{1,2}}{_HANDLE}\s{{1,2}}"
                r"(?:everywhere|on every|on all|en tod[oa])"
                rf"|\b(?:everywhere|on everything|en todo)\s{{0,2}}(?:is|as|es|[:=])\s{{0,2}}{_HANDLE}"
                r"|\bsame (?:name|user(?:name)?|handle|@) (?:everywhere|on)\b"
            ),
        ),
        (
            "ghostsign camerasign",
            (
                rf"\b(?:ghost|camera)sign\s{{0,3}}(?:[:=@\-]|is)?\s{{0,3}}{_HANDLE}"
                r"|\bghostsign\s{0,3}[:=@]\s{0,3}\w"
                rf"|^\s{{0,3}}ghostsign\s{{1,3}}{_NO_GHOST}[a-z]{{4,20}}\s{{0,3}}$"
            ),
        ),
    )
)
_MIXED = re.compile(r"(?<![\w@$!])(?=[0-9@$!]{0,3}[a-z])[a-z0-9@$!]{3,20}(?![\w@$!])")


_WORD = re.compile(r"[a-z]{3,10}")
_STRETCHED = re.compile(r"([a-z])\1{2,}")  # snaaaap
_SITE = re.compile(rf"\b(?:{SOCIAL})\b")


def names_a_site(text: str) -> bool:
    """Whether the text names a site on which people meet."""
    return _SITE.search(text) is not None


def has_handle(text: str) -> bool:
    """Whether a handle is given or asked for, also with another spelling of the site's name: sn4p, snaaap."""
    plain = _MIXED.sub(lambda word: word[0].translate(SIGNS), text)
    right = _WORD.sub(lambda word: MISSPELLED.get(word[0], word[0]), text)
    return any(_has_pattern(one) for one in {text, plain, right, _STRETCHED.sub(r"\1", text)})


def _has_pattern(text: str) -> bool:
    if any(pattern.search(text) for pattern in _PATTERNS):
        return True
    return any(pattern.search(text) for needed, pattern in _RARE if any(word in text for word in needed))
