"""The room of one person."""

from presence.rooms.base import Payload, RequestRefused, Room, register


@register
class UserRoom(Room):
    """Rewards, referrals and prompts reach their person here."""

    pattern = r"user:(?P<id>[0-9]{1,18})"
    __slots__ = ()

    async def join(self, params: Payload) -> Payload:  # noqa: ARG002  (no parameters)
        if int(self.names["id"]) != self.context.viewer.id:
            raise RequestRefused("not_your_topic")
        return {}
