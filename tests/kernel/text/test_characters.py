import pytest
from hypothesis import given
from hypothesis import strategies as st

from viral_engine.kernel.text.characters import (
    canonical_name,
    folded,
    has_letter,
    is_storable,
    is_zalgo,
    mixes_alphabets,
    tidy,
    tidy_name,
)


@pytest.mark.parametrize(
    "spelling",
    [
        "ada",
        "ADA",
        "\uff41\uff44\uff41",  # full width
        "ada.",
        "_ada-",
        "Ada\u200b",
        "a\u202eda",
        "\u0430da",  # a Cyrillic letter
        "\u0430d\u0430",
        "\U0001d41a\U0001d41d\U0001d41a",  # mathematical bold
        "\u24d0\u24d3\u24d0",  # circled
        " ada ",
        "\u1d00da",  # a small capital
        "\u1d00\u1d05\u1d00",
    ],
)
def test_one_name_has_one_canonical_spelling(spelling: str) -> None:
    assert canonical_name(spelling) == "ada"


@pytest.mark.parametrize(("one", "other"), [("ada1", "ada2"), ("jose", "josé"), ("ada_l", "adal"), ("o", "0")])
def test_names_that_differ_stay_different(one: str, other: str) -> None:
    assert canonical_name(one) != canonical_name(other)


@given(st.text(max_size=30))
def test_the_canonical_spelling_of_a_canonical_spelling_is_itself(text: str) -> None:
    assert canonical_name(canonical_name(text)) == canonical_name(text)


@given(st.text(max_size=300))
def test_tidy_leaves_one_line_of_visible_text(text: str) -> None:
    clean = tidy(text)
    assert clean == tidy(clean)
    assert all(char.isprintable() for char in clean)
    assert "\u202e" not in clean


@given(st.text(max_size=100))
def test_a_tidy_name_stays_as_it_is(text: str) -> None:
    assert tidy_name(tidy_name(text)) == tidy_name(text)


def test_invisible_letters_are_no_letters() -> None:
    assert not has_letter("\u3164")
    assert not has_letter("12 .")
    assert has_letter("李")


def test_alphabets_that_look_alike_are_not_mixed() -> None:
    assert mixes_alphabets("\u0430da")
    assert not mixes_alphabets("Оля")
    assert not mixes_alphabets("José")
    assert not mixes_alphabets("李 Ada")


def test_piled_up_accents_are_found_and_languages_are_not() -> None:
    assert is_zalgo("h\u0334\u0322\u0328\u0347i")
    assert not is_zalgo("Việt Nam, déjà vu, Zoë, ё")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("5\ufe0f\u20e3", "5"),  # a keycap
        ("\u2776\u24f5", "11"),  # circled digits
        ("\u0665", "5"),
        ("\U0001f150\U0001f170\U0001f1e6", "aaa"),
        ("s\u200bnap", "snap"),
        ("Café", "cafe"),
        ("a\u2b50b", "a b"),
    ],
)
def test_disguised_characters_are_read_as_a_reader_does(text: str, plain: str) -> None:
    assert folded(text) == plain


def test_what_no_database_takes_is_not_storable() -> None:
    assert is_storable("Ada 👍")
    assert not is_storable("a\x00b")
    assert not is_storable("a\ud800b")
