"""Ways to be reached outside the site, and abuse, in text that others read. Children must never exchange these.

The rules are broad on purpose: a text refused by mistake only needs another wording. Every pattern has bounded repeats,
so its time grows with the length of the text and no faster. Measured: tests/kernel/text/test_corpora.py.
"""

from collections.abc import Callable, Sequence

from viral_engine.kernel.text.abuse import has_abuse, is_worth_a_look
from viral_engine.kernel.text.addresses import has_address
from viral_engine.kernel.text.characters import is_zalgo
from viral_engine.kernel.text.handles import has_handle, names_a_site
from viral_engine.kernel.text.links import has_email, has_link, is_domain_like
from viral_engine.kernel.text.numbers import has_phone_number, nearly_has_phone_number
from viral_engine.kernel.text.readings import name_readings, readings

MAX_CHECKED = 2_000  # characters; longer text is refused before any pattern sees it

_IN_ANY_READING: dict[str, Callable[[str], bool]] = {  # the most specific name first
    "e-mail address": has_email,
    "link": has_link,
    "name on another site": has_handle,
    "street address": has_address,
    "insult": has_abuse,
}


def finding(text: str) -> str:
    """The kind of text that others must not read, as a word for the author; empty when the text may be shown."""
    return _odd(text) or _first(readings(text))


def name_finding(name: str) -> str:
    """`finding` for a name or a title, where a dot before any known ending makes a link."""
    if odd := _odd(name):
        return odd
    found = name_readings(name)
    return "link" if is_domain_like(found[0]) else _first(found)


def review_reason(text: str) -> str:
    """Why staff should read a text that may be shown; empty when they need not.

    It is a question that strangers ask children, or a near miss: fewer digits than a phone number has, or the name of
    a site without a name on it.
    """
    found = readings(text[:MAX_CHECKED])
    if any(is_worth_a_look(reading) for reading in found):
        return "worth a look"
    if nearly_has_phone_number(found[0]):
        return "almost a phone number"
    return "names another site" if any(names_a_site(reading) for reading in found) else ""


def _odd(text: str) -> str:
    if len(text) > MAX_CHECKED:
        return "extra length"
    return "piled-up accents" if is_zalgo(text) else ""


def _first(found: Sequence[str]) -> str:
    if has_phone_number(found[0]):  # put together, "1 3 5 7 9 11" would be one
        return "phone number"
    return next((name for name, has in _IN_ANY_READING.items() if any(has(one) for one in found)), "")
