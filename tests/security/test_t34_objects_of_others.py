"""Threat 34: the address of an object gives no right to it, for peers, other families and strangers."""

import pytest
from django.urls import reverse

from feeds.services import co_practice
from tests.factories import befriend, browser, cohort_of, parent_of, person, practice
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db
HIDDEN = {302, 403, 404}  # a stranger is sent to log in


def cast() -> tuple[dict[str, User | None], dict[str, str]]:
    ada, bo, cy = (person(name) for name in ("Ada", "Bo", "Cy"))
    parent_of(ada, at=now())
    befriend(ada, bo)
    cohort = cohort_of(ada, bo, at=now())
    skill = Skill.objects.select_related("subject").get(slug="algebra")
    result = practice(ada, skill, at=now())
    together = co_practice.start_co_practice(host=ada, friend=bo, skill=skill, at=now())
    paths = {
        "result": reverse("learning:result", args=[result.pk]),
        "attempt": reverse("learning:attempt", args=[result.pk]),
        "together": reverse("feeds:together", args=[together.pk]),
        "cohort": reverse("feeds:cohort", args=[cohort.pk]),
    }
    viewers = {
        "owner": ada,
        "friend": bo,
        "peer": cy,
        "other parent": parent_of(cy, "Joan", at=now()),
        "tutor": person("Tim", age=30, role="tutor"),
        "stranger": None,
    }
    return viewers, paths


def test_t34_every_object_opens_for_its_people_only(catalogue: None) -> None:
    viewers, paths = cast()
    opened = {
        name: {kind for kind, path in paths.items() if browser(viewer).get(path).status_code not in HIDDEN}
        for name, viewer in viewers.items()
    }
    assert opened == {
        "owner": {"result", "together", "cohort"},  # a finished attempt leads to its result
        "friend": {"together", "cohort"},
        "peer": set(),
        "other parent": set(),
        "tutor": set(),
        "stranger": set(),
    }
