import pytest

from presence import rules

ALLOWED = ["https://tutoring.example"]


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("https://tutoring.example", True),
        ("http://tutoring.example", False),
        ("https://tutoring.example:8443", False),
        ("https://tutoring.example.evil.example", False),
        ("https://evil.example", False),
        ("null", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_an_origin_agrees_in_scheme_host_and_port(origin: str, expected: bool) -> None:
    found = rules.is_same_origin(origin, allowed=ALLOWED, host="tutoring.example", trusts_host=False)
    assert found is expected


def test_development_accepts_the_address_it_was_asked_at_and_no_other_port() -> None:
    def at(origin: str, host: str = "127.0.0.1:8000") -> bool:
        return rules.is_same_origin(origin, allowed=ALLOWED, host=host, trusts_host=True)

    assert at("http://127.0.0.1:8000") is True
    assert at("http://127.0.0.1:8001") is False
    assert at("http://localhost:8000") is False
    assert at("https://127.0.0.1:8000") is False
    assert at("http://", host="") is False
    assert at("http://[") is False


@pytest.mark.parametrize(
    ("people", "text"), [(0, "nobody yet"), (1, "a few"), (2, "a few"), (3, "3"), (28, "28"), (1200, "1,200")]
)
def test_one_or_two_people_are_never_counted_out_loud(people: int, text: str) -> None:
    assert rules.headcount(people) == text


def test_the_tick_stretches_with_the_room() -> None:
    assert [rules.tick_s(people) for people in (0, 50, 500, 1000, 5000)] == [0.2, 0.2, 1.0, 2.0, 3.0]


def test_a_room_is_big_above_150_and_small_again_at_120() -> None:
    assert rules.is_big(150, was_big=False) is False
    assert rules.is_big(151, was_big=False) is True
    assert rules.is_big(121, was_big=True) is True
    assert rules.is_big(120, was_big=True) is False


def test_a_window_allows_its_limit_and_opens_again() -> None:
    window = rules.Window(3, 10.0)
    assert [window.allows(now_s) for now_s in (0.0, 1.0, 2.0, 3.0, 9.9, 10.0)] == [True, True, True, False, False, True]
