from dataclasses import dataclass
from typing import Any

MUST = "must"


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message on its way to the processes that hold sockets of its topic."""

    topic: str
    group: str
    text: str  # '[null,null,"user:7","reward_granted",{"amount":1}]'
    html: str
    delivery: str
    skip: str  # the socket that is skipped
    clears: bool = False  # nothing before it can be recovered
    fact: str = (
        ""  # the committed row that it announces, "message-9", so that processes notice a row of which none came
    )

    @property
    def halves(self) -> tuple[str, str]:
        """Return the text split where the number goes: '...,{"amount":1,"seq":' and '}]'."""
        body = self.text[:-2]
        return body + ('"seq":' if body.endswith("{") else ',"seq":'), "}]"

    def as_message(self, *, epoch: str = "", seq: int = 0, heard_by: str = "") -> dict[str, Any]:
        """The message of the layer; the hub `heard_by` has delivered it already, and only notes its number."""
        head, tail = self.halves
        return {
            "type": "topic.message",
            "topic": self.topic,
            "text": f"{head}{seq}{tail}" if seq else self.text,
            "html": self.html,
            "delivery": self.delivery,
            "skip": self.skip,
            "epoch": epoch,
            "seq": seq,
            "heard_by": heard_by,
            "fact": self.fact,
        }
