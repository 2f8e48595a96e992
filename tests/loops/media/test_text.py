import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loops.media.text import drawable_text, fit_line, fit_paragraph, initials, name_or_default, width_of


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}", "Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}"),
        ("Zoe\N{COMBINING DIAERESIS}", "Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}"),
        ("\N{CYRILLIC CAPITAL LETTER YA}", "\N{CYRILLIC CAPITAL LETTER YA}"),
        ("Ada\N{FIRE} \N{HEBREW LETTER ALEF}\x00\n Bo\N{RIGHT-TO-LEFT OVERRIDE}", "Ada Bo"),
        ("A" + "\N{COMBINING RING BELOW}" * 9, "A"),
        ("", ""),
    ],
)
def test_only_drawable_characters_stay(words: str, shown: str) -> None:
    assert drawable_text(words) == shown


def test_a_long_text_is_cut_with_an_ellipsis() -> None:
    assert drawable_text("x" * 30_000, 5) == "xxxx\N{HORIZONTAL ELLIPSIS}"


def test_an_undrawable_name_uses_the_neutral_word() -> None:
    assert name_or_default("\N{FIRE}", "A friend") == "A friend"
    assert [initials(name) for name in ("Ada L.", "Bo", "", "3 cy", "(Dee)")] == ["AL", "B", "", "3C", ""]


@settings(max_examples=60, deadline=None)
@given(words=st.text(max_size=120), width=st.integers(60, 900))
def test_a_line_never_exceeds_its_width(words: str, width: int) -> None:
    fitted, size = fit_line(drawable_text(words), "Bold", 120, width, 20)
    assert width_of(fitted, "Bold", size) <= width
    assert 20 <= size <= 120


@settings(max_examples=60, deadline=None)
@given(words=st.text(st.characters(codec="ascii"), max_size=160), most=st.integers(1, 4))
def test_lines_stay_within_count_and_width(words: str, most: int) -> None:
    lines, size = fit_paragraph(drawable_text(words, 160), "Bold", 80, 500, 30, most)
    assert len(lines) <= most
    assert all(width_of(line, "Bold", size) <= 500 for line in lines)


def test_short_words_keep_their_size() -> None:
    assert fit_line("Ada", "Bold", 60, 500, 20) == ("Ada", 60)
    assert fit_paragraph("Ada and Bo", "Bold", 60, 2000, 20, 2) == (["Ada and Bo"], 60)
