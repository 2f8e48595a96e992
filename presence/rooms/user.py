"""The room of one person."""

from presence.rooms.base import Room, register


@register
class UserRoom(Room):
    """Rewards, referrals and prompts reach their person here."""

    pattern = r"user:(?P<id>[0-9]{1,18})"
    is_guarded = False  # its messages are for the one person who may join
    __slots__ = ()

    def refusal(self) -> str:
        return "" if int(self.names["id"]) == self.context.viewer.id else "not_your_topic"
