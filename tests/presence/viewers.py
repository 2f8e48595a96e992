"""Viewers of sockets without rows in the database."""

from viral_engine.accounts.viewer_profiles import ViewerProfile

ADA = ViewerProfile(
    id=7,
    name="Ada",
    avatar="mint",
    may_enter=True,
    is_visible=True,
    feed_visible=True,
    is_child=False,
    wants_prompts=True,
    signed_out_at=None,
)
