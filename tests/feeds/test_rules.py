import pytest

from feeds.rules import MAX_MESSAGE_LENGTH, message_refusal


@pytest.mark.parametrize(
    "text",
    [
        "call me 0151 23456789",
        "my number is +1 (555) 010-9999",
        "555.010.9999",
        "write to ada@example.com",
        "ada at example dot com",
        "look at https://evil.example/x",
        "www.evil.example",
        "find me on evil.io",
        "evil dot com is fun",
        "I am @ada_plays there",
        "insta: ada.plays",
        "my snapchat is adaplays",
        "discord=ada#1234",
    ],
)
def test_ways_to_be_reached_are_refused_by_name(text: str) -> None:
    objection = message_refusal(text)
    assert objection is not None
    assert objection.startswith("Leave out the ")


@pytest.mark.parametrize(
    "text",
    [
        "Hi all!",
        "Who plays fractions at 5?",
        "3/4 + 1/8 = 7/8",
        "I got 80 of 100. You?",
        "e.g. the third one",
        "The answer is 1,234,567",
        "<b>bold</b> & <script>alert(1)</script>",
        "we are not on discord, are we",
    ],
)
def test_what_learners_say_is_let_through(text: str) -> None:
    assert message_refusal(text) is None


def test_empty_and_long_are_refused_with_what_to_do() -> None:
    assert message_refusal("") == "Write something first."
    assert message_refusal("x" * MAX_MESSAGE_LENGTH) is None
    assert message_refusal("x" * 5000) == "That is 5000 characters. Keep it to 500 or fewer."
