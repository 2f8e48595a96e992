"""The Personalization agent, with a local server that speaks the Messages protocol."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from pytest_django import Settings

from loops.core import orchestrator
from loops.core.ai import AiUnavailable, ask_model
from loops.core.personalization import copy_for, generate_copy
from loops.core.share import render_copy
from loops.models import DailyAiSpend, GeneratedCopy, Link
from loops.rules.copy import Copy, CopyAudience, template
from tests.ai_provider import messages, provided, reply
from tests.factories import browser, counting, person, statements
from tests.loops.decisions import decide
from tests.receivers import Answer
from viral_engine.accounts.models import User
from viral_engine.kernel.models import Decision
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db
LEARNERS = CopyAudience("student", subject="math", engagement="low")
OWN = template("buddy_challenge", LEARNERS)
WARM = replace(OWN, headline="{skill}: {score}% for me. Your turn, friend!")


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def test_templates_alone_cost_no_query(at: datetime) -> None:
    with counting() as captured:
        assert copy_for("buddy_challenge", LEARNERS, at=at) == OWN
    assert statements(captured) == []


def test_generated_copy_is_served_once_written(
    at: datetime, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="ai")
    with messages(reply(json.dumps(asdict(WARM)))) as provider:
        provided(settings, provider)
        assert copy_for("buddy_challenge", LEARNERS, at) == OWN  # no request waits for the provider
        assert generate_copy(at=at) == 1
        assert generate_copy(at=at) == 0
    assert [record.getMessage() for record in caplog.records if record.name == "ai"] == [
        "asked claude-haiku-4-5: 400 tokens in, 100 out"
    ]
    [body] = provider.bodies
    assert body["model"] == "claude-haiku-4-5"
    asked = json.dumps(body)
    assert "{score}" in asked
    cache.clear()
    assert copy_for("buddy_challenge", LEARNERS, at) == WARM
    with counting() as captured:
        assert copy_for("buddy_challenge", LEARNERS, at) == WARM
    assert statements(captured) == []
    assert DailyAiSpend.objects.get().spent_microdollars == 400 * 1 + 100 * 5


def test_a_decision_uses_generated_copy(algebra: Skill, at: datetime, settings: Settings) -> None:
    ada = person("Ada", at=at)
    with messages(reply(json.dumps(asdict(WARM)))) as provider:
        provided(settings, provider)
        decide(ada, algebra, at)
        generate_copy(at=at)
    cache.clear()
    choice = orchestrator.route_loop("buddy_challenge", ada, at + timedelta(hours=3))
    assert choice.link is not None
    assert choice.link.words["headline"] == WARM.headline
    assert "Ada" not in json.dumps(provider.bodies)  # the provider gets kinds of people, never a person


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (json.dumps(asdict(replace(OWN, pitch="Win $100 now"))), "pitch: a number of its own"),
        (json.dumps(asdict(replace(OWN, headline="Beat me"))), "headline: other facts"),
    ],
)
def test_copy_that_promises_more_is_stored_but_not_used(at: datetime, settings: Settings, text: str, why: str) -> None:
    with messages(reply(text)) as provider:
        provided(settings, provider)
        copy_for("buddy_challenge", LEARNERS, at)
        assert generate_copy(at=at) == 0
    cache.clear()
    assert GeneratedCopy.objects.get().refused_for == why
    assert copy_for("buddy_challenge", LEARNERS, at) == OWN
    staff = browser(person("Root", is_staff=True, is_superuser=True))
    assert f"not used ({why})" in staff.get("/loops/copy-kit/").content.decode()


@pytest.mark.parametrize("answer", [reply("no JSON"), reply('{"title": 1}'), Answer(400), Answer(200, body=b"<html>")])
def test_an_invalid_answer_is_retried_later(at: datetime, settings: Settings, answer: Answer) -> None:
    with messages(answer) as provider:
        provided(settings, provider)
        copy_for("buddy_challenge", LEARNERS, at)
        assert generate_copy(at=at) == 0
        assert generate_copy(at=at + timedelta(minutes=1)) == 0  # still leased
        assert len(provider.bodies) == 1
        assert generate_copy(at=at + timedelta(minutes=6)) == 0
    assert GeneratedCopy.objects.get().attempts == 2
    assert copy_for("buddy_challenge", LEARNERS, at) == OWN


def test_a_slow_or_unreachable_provider_fails_within_the_timeout(at: datetime, settings: Settings) -> None:
    with messages(Answer(200, after_s=1.0)) as provider:
        provided(settings, provider)
        settings.AI_TIMEOUT_S = 0.1
        with pytest.raises(AiUnavailable, match="failed"):
            ask_model(instructions="x", question="y", shape=Copy, at=at)
    with pytest.raises(AiUnavailable, match="failed"):
        ask_model(instructions="x", question="y", shape=Copy, at=at)


def test_the_daily_budget_is_never_exceeded(at: datetime, settings: Settings) -> None:
    with messages(reply(json.dumps(asdict(WARM)))) as provider:
        provided(settings, provider)
        settings.AI_DAILY_BUDGET = 0.007  # room for one reservation, not for two
        ask_model(instructions="x", question="y", shape=Copy, at=at)
        DailyAiSpend.objects.update(spent_microdollars=2_000)
        with pytest.raises(AiUnavailable, match="budget"):
            ask_model(instructions="x", question="y", shape=Copy, at=at)
        ask_model(instructions="x", question="y", shape=Copy, at=at + timedelta(days=1))
    assert len(provider.bodies) == 2
    settings.ANTHROPIC_API_KEY = ""
    with pytest.raises(AiUnavailable, match="no_key"):
        ask_model(instructions="x", question="y", shape=Copy, at=at)


def test_a_challenge_uses_the_referrers_language(algebra: Skill, at: datetime) -> None:
    ada = person("Ada", at=at, language="es")
    decide(ada, algebra, at)
    link = Link.objects.all().with_details("buddy_challenge").get()
    assert render_copy(link, score=80, skill="Algebra").headline == "Saqué 80% en Algebra. ¿Puedes superarlo?"


def test_the_language_is_a_personal_setting(at: datetime) -> None:
    ada = person("Ada", at=at)
    form = {"avatar": "mint", "language": "es", "growth_prompts": "on"}
    assert browser(ada).post("/settings/", form).status_code == 302
    assert User.objects.get(pk=ada.pk).language == "es"
    refused = browser(ada).post("/settings/", form | {"language": "xx"})
    assert refused.status_code == 200
    assert User.objects.get(pk=ada.pk).language == "es"


def test_an_arms_copy_overrides_the_template(algebra: Skill, at: datetime, instant_agents: None) -> None:
    decide(person("Ada", at=at), algebra, at)
    words = Link.objects.get().words
    assert words == asdict(template("buddy_challenge", CopyAudience("student", "en", "math", "low")))
    assert not Decision.objects.get(agent="orchestrator").is_degraded
