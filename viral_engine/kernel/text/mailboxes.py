"""One spelling per e-mail address, in ASCII, of a length that columns and mail servers take."""

import unicodedata

from viral_engine.kernel.text.characters import is_storable, tidy

MAX_LENGTH, MAX_LOCAL_LENGTH = 254, 64  # RFC 5321


class NotAMailbox(ValueError):
    """No mail server can be given this address."""


def canonical_mailbox(text: str) -> str:
    """The address in small letters and ASCII: `Ada@Bücher.example` is `ada@xn--bcher-kva.example`.

    Tags and dots stay, because mail servers differ in what they ignore.

    Raises  NotAMailbox for an address that cannot be encoded, or is too long.
    """
    local, at, domain = unicodedata.normalize("NFKC", tidy(text)).rpartition("@")
    if not is_storable(text) or not at or not local.isascii():
        raise NotAMailbox(text)
    try:
        host = domain.encode("idna").decode("ascii")
    except UnicodeError:  # a part of the domain is empty, or too long in ASCII
        raise NotAMailbox(text) from None
    address = f"{local}@{host}".lower()
    if len(address) > MAX_LENGTH or len(local) > MAX_LOCAL_LENGTH:
        raise NotAMailbox(text)
    return address


def same_mailbox(text: str) -> str:
    """The canonical address, or text that no account has as its address; for lookups."""
    try:
        return canonical_mailbox(text)
    except NotAMailbox:
        return tidy(text).casefold()[:MAX_LENGTH]
