"""Bodies about share links."""

from typing import Annotated, Literal

from pydantic import Field

from viral_engine.api.schemas.base import Body, Page, Reply


class LinkBody(Body):
    """The loop to offer. The orchestrator decides, as it does for a person who presses the button."""

    loop: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]


class LinkReply(Reply):
    code: str
    loop: str
    url: str
    state: Literal["live", "expired", "deactivated", "closed"]
    created_at: str
    expires_at: str


class LinkList(Page):
    links: list[LinkReply]
