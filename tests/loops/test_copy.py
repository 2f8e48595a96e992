"""Copy of the loops: templates in two languages, and rewrites that may replace them."""

import re
from dataclasses import astuple, replace

import pytest

from loops.models import Loop
from loops.rules.copy import LANGUAGES, MAX_TEXT_LENGTH, CopyAudience, copy_rejection, every_template, template
from loops.rules.copy_params import copy_overrides
from tests.factories import browser, counting, person, statements

OWN = template("buddy_challenge", CopyAudience("student"))


def facts(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


def test_every_loop_has_both_languages_with_the_same_placeholders() -> None:
    english, spanish = LANGUAGES["en"], LANGUAGES["es"]
    assert {name: list(texts) for name, texts in english.items()} == {
        name: list(texts) for name, texts in spanish.items()
    }
    for name, variants in english.items():
        for variant, parts in variants.items():
            assert {part: facts(text) for part, text in parts.items()} == {
                part: facts(text) for part, text in spanish[name][variant].items()
            }


def test_every_loop_speaks_to_each_engagement_and_subject() -> None:
    """The text without a variant is for low engagement and math; a week and a session's actions have no subject."""
    for name, variants in LANGUAGES["en"].items():
        if name != "session_intelligence":
            assert {"", "medium", "high"} <= set(variants), name
        if name not in {"session_intelligence", "proud_parent"}:
            assert {"reading", "science"} <= set(variants), name


def test_no_template_exceeds_the_maximum_length() -> None:
    found = list(every_template())
    assert len(found) == 70
    assert max(len(part) for *_, copy in found for part in astuple(copy)) <= MAX_TEXT_LENGTH


def test_specific_copy_overrides_general_copy() -> None:
    assert OWN.title == "Dare a friend"
    keen = template("buddy_challenge", CopyAudience("student", engagement="high", subject="science"))
    assert (keen.title, keen.cta) == ("You are on a roll. Dare a friend", "Play now")
    assert keen.headline.endswith("Can your experiment beat it?")
    assert template("buddy_challenge", CopyAudience("student", language="es")).cta == "Jugar ahora"
    assert template("buddy_challenge", CopyAudience("student", language="xx")) == OWN
    with pytest.raises(KeyError):
        template("no_such_loop", CopyAudience("student"))


@pytest.mark.parametrize(
    ("part", "text", "why"),
    [
        ("title", " ", "title: empty or too long"),
        ("pitch", "x" * 161, "pitch: empty or too long"),
        ("headline", "I scored {score}%. Can you beat it?", "headline: other facts"),
        ("headline", "{score}% in {skill}, {name}!", "headline: other facts"),
        ("pitch", "5 questions, 1 minute, no account needed.", "pitch: a number of its own"),
        ("cta", "Play at example.com", "cta: an address, or signs that do not print"),
        ("cta", "Play\nnow", "cta: an address, or signs that do not print"),
    ],
)
def test_a_rewrite_may_not_promise_anything_new(part: str, text: str, why: str) -> None:
    assert copy_rejection(replace(OWN, **{part: text}), OWN) == why


def test_a_rewrite_with_the_same_placeholders_is_accepted() -> None:
    warm = replace(OWN, headline="{skill}: {score}%. Your turn!", pitch="Just 5 questions in 2 minutes.")
    assert copy_rejection(warm, OWN) == ""


def test_an_arm_overrides_only_languages_it_has_copy_for() -> None:
    params = {"title": "Play it together", "shields": 2, "es": {"title": "Jueguen juntos", "cta": 7}}
    assert copy_overrides(params) == {"title": "Play it together"}
    assert copy_overrides(params, "es") == {"title": "Jueguen juntos"}
    assert copy_overrides({"title": "Play it together"}, "es") == {}
    assert copy_overrides({"es": "nonsense"}, "es") == {}


@pytest.mark.django_db
def test_only_staff_see_every_template_in_the_copy_kit() -> None:
    Loop.objects.filter(name="results_rally").update(is_on=False)
    staff = browser(person("Root", is_staff=True, is_superuser=True))
    with counting() as captured:
        page = staff.get("/loops/copy-kit/").content.decode()
    assert page.count('<article class="copy-sample') == 70
    assert "I scored 90% in Algebra. Can you beat it?" in page
    assert "Saqué 90% en Algebra. ¿Puedes superarlo?" in page
    assert page.count("This loop is switched off") == 1
    assert "{" not in page.split("<main")[1].split("</main")[0]
    assert len(statements(captured)) <= 4
    assert browser(person("Ada")).get("/loops/copy-kit/").status_code == 404
    assert browser().get("/loops/copy-kit/").status_code == 404
