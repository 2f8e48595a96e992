"""The channel layer of a site that runs in one process."""

from channels.layers import InMemoryChannelLayer


class LocalChannelLayer(InMemoryChannelLayer):  # type: ignore[misc]
    """Channels' in-memory layer without its expiry sweep, which visits every group at every message.

    Nothing expires here: the one channel of the process is always being read.
    """

    def _clean_expired(self) -> None:
        return
