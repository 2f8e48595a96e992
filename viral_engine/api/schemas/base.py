"""Rules of all bodies of the API: nothing unknown is taken, and every text can be stored."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from viral_engine.api.models.people import MAX_EXTERNAL_ID
from viral_engine.kernel.text.characters import is_storable
from viral_engine.kernel.text.validators import SLUG


def storable(text: str) -> str:
    if not is_storable(text):
        raise ValueError("text with NUL or half a character")
    return text


ExternalId = Annotated[str, Field(min_length=1, max_length=MAX_EXTERNAL_ID, pattern=r"^[A-Za-z0-9._:@-]+$")]
Slug = Annotated[str, Field(pattern=f"^{SLUG}$", max_length=40)]
Instant = Annotated[AwareDatetime, Field(description="ISO 8601 with its time zone.")]


class Body(BaseModel):
    """A body that a program sends; an unknown member is refused, because it is a misspelled one."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ExternalKey(Body):
    """An id of a program by itself, as files have it."""

    external_id: ExternalId


class Reply(BaseModel):
    """A body that a program reads. New members may be added to it; none is renamed or taken away in v1."""


class Problem(Reply):
    """An error, as RFC 9457 says. `code` is stable, `detail` is for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[dict[str, Any]] | None = None


class Page(Reply):
    """The end of a page: `next_cursor` asks for the next one, and is null on the last."""

    next_cursor: str | None = None


def shown(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
