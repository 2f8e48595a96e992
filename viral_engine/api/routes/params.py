"""Parameters that many operations share."""

from typing import Annotated

from ninja import Path, Query

from viral_engine.api.rules import MAX_PAGE
from viral_engine.api.schemas.base import ExternalId, Slug

Key = Annotated[ExternalId, Path(description="Your id.")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE)]
Name = Annotated[Slug, Path()]
Code = Annotated[str, Path(pattern=r"^[0-9A-Za-z]{8}$", description="The code of a link.")]
