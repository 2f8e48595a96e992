"""Parts of addresses: ids that fit a column, and slugs that fit a topic of the socket."""

import re

from viral_engine.kernel.text.validators import SLUG

MAX_ID_DIGITS = 18  # below the largest id of a column, 9.2e18
_ID = re.compile(rf"[0-9]{{1,{MAX_ID_DIGITS}}}")


class IdConverter:
    """`<id:...>`. Django's `int` takes any number of digits, also more than a database or Python reads."""

    regex = _ID.pattern

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


class TopicSlugConverter:
    """`<topic_slug:...>`: the slug of a subject or a skill."""

    regex = SLUG

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


def read_id(text: object) -> int | None:
    """The id that a client wrote, or None for text that is no id of a row."""
    return int(text) if isinstance(text, str) and _ID.fullmatch(text) else None
