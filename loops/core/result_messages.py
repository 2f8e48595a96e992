"""A short message that a loop shows under a result, with `loops/_result_message.html`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ResultMessage:
    """`call` is the label of a guest's way to sign up."""

    headline: str
    text: str
    call: str = ""
