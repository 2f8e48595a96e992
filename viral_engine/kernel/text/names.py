"""Ways to be reached, and abuse, in the name of a person: stricter than for chat, because a name holds no sentence."""

import re

from viral_engine.kernel.text.characters import folded
from viral_engine.kernel.text.vocabulary import any_of, words

# Sites as a word of a name, before or after the handle: snap_ada, ada gmail.
_SITE_WORDS = words(
    """
    insta instagram ig snap snapchat discord telegram tg whatsapp tiktok kik roblox youtube yt facebook fb twitter
    twitch
    gmail hotmail yahoo outlook icloud protonmail mail email signal wechat kakao kakaotalk vk qq skype reddit tumblr
    bereal omegle onlyfans linktree linktr bitly cashapp venmo paypal zelle imessage facetime messenger psn gamertag
    """
)
# The same within a word. Shorter ones would be found in names: Winstanley, Igor.
_SITE_WITHIN = re.compile(
    "instagram|snapchat|discord|telegram|whatsapp|tiktok|youtube|facebook|gmail|hotmail|yahoo|icloud|roblox|twitch|"
    r"onlyfans|^insta[a-z0-9]|insta$|^snap[a-z]{2,20}\d|[a-z]\d{0,4}snap\d|^ig(?!or|n|g|e|i|l|o|u|b)[a-z]{2,20}\d{2}"
)
_PICTURES = frozenset("👻📸📷📱📞☎✆📧✉📩🔞🍆🍑🔗🌐")
_ASKS = re.compile(
    r"\b(?:add|find|text|call|dm|msg|message|follow|hit|ping|pm|ring|mail) ?(?:me|us)\b"
    r"|\b(?:busca|agrega|escribe|llama|sigue|contacta|anade|manda)me\b"
)
_DOMAIN = re.compile(r"\w (?:com|net|org|gg)$|\bbit ly\b|\bt me\b|^[a-z]{6,40}com\d{0,4}$|^[a-z]{3,40}dotcom")
_STREET = re.compile(r"^\d{1,5}[a-z]{3,30}(?:street|avenue|road|lane|drive|court|boulevard)$")
# Never a part of a name of a person in any language we know of; others are words of their own (`abuse`).
_ABUSE_WITHIN = re.compile(
    any_of(
        """
        fuck, fvck, phuck, bitch, nigger, nigga, faggot, hitler, heilh, siegheil, pornhub, porno, pornstar, hornyt,
        hornyb, hornyg, hornym, ^horny$, horny\\d, xhorny, pussy, whore, penis, vagina, blowjob, handjob, dildo, milf,
        cumshot, masturbat, killyourself, killurself, kkk, rapist, pedophil, asshole, dickhead, motherf, sexyg, sexyb,
        sexyt, sexting, bigboob, bigtit, putamadre, hijodeput, hijadeput, pendej, mierda, culiao, malparid, maricon
        """
    )
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[a-zA-Z])(?=\d)|(?<=\d)(?=[a-zA-Z])")
_DIVIDES = re.compile(r"[\W_]+")


def person_name_finding(name: str) -> str:
    """The part that a person's name must not have, as a word for the person; empty when others may read the name."""
    plain = _DIVIDES.sub(" ", folded(name)).strip()
    whole = plain.replace(" ", "")
    has = {
        "e-mail address": "@" in folded(name),
        "name on another site": _names_a_site(name, plain, whole),
        "way to reach you": _ASKS.search(plain) is not None,
        "link": _DOMAIN.search(plain) is not None,
        "street address": _STREET.search(whole) is not None,
        "insult": _ABUSE_WITHIN.search(whole) is not None,
    }
    return next((word for word, is_found in has.items() if is_found), "")


def _names_a_site(name: str, plain: str, whole: str) -> bool:
    if any(picture in name for picture in _PICTURES):
        return True
    parts = set(plain.split())
    divided = _DIVIDES.sub(" ", folded(_CAMEL.sub(" ", name))).split()
    return bool(_SITE_WORDS & {*parts, *divided}) or any(_SITE_WITHIN.search(one) for one in {*parts, whole})
