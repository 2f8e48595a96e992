"""Recognize clicks of bots and link previews."""

import re

# Link preview fetchers and other self-declared bots. CUBOT is a phone brand.
_ROBOT = re.compile(
    r"(?<!cu)bot\b|crawl|spider|slurp|preview|facebookexternalhit|facebookcatalog|whatsapp/|telegrambot|skypeuripreview"
    r"|embedly|quora link|pinterest|vkshare|w3c_validator|curl/|wget/|python-requests|headlesschrome-lighthouse",
    re.IGNORECASE,
)
_PREFETCH = frozenset({"prefetch", "prerender", "preview", "instant"})


def is_robot(*, method: str, user_agent: str, purposes: tuple[str, ...]) -> bool:
    """Return whether a bot made the click: HEAD, a known previewer, a prefetch, or no user agent."""
    is_prefetch = any(word in _PREFETCH for purpose in purposes for word in re.split(r"[;,\s]+", purpose.lower()))
    return method != "GET" or is_prefetch or not user_agent or bool(_ROBOT.search(user_agent))
