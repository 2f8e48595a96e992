"""Schemathesis asks every operation with inputs made from the OpenAPI document, good ones and broken ones."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi import checks

from tests.api.programs import Program
from tests.factories import cohort_of, link_of, person, practice
from viral_engine.api.models import ExternalCohort
from viral_engine.api.site import api
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill

EXAMPLES = 5  # of each operation and mode: about 30 operations
UNSERIALIZABLE = {"POST /api/v1/imports/oneroster"}  # schemathesis makes no zip files; test_api_people sends them
BOUNDED = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def operations() -> list[Any]:
    document = api.get_openapi_schema()
    schema = from_dict(document)
    schema.app = WSGIHandler()
    schema.config.update(base_url="http://testserver")
    found = [one.ok() for one in schema.get_all_operations()]
    return [one for one in found if one.label not in UNSERIALIZABLE]


@pytest.fixture
def known(algebra: Skill) -> dict[str, str]:
    """Things that exist, by the names of parameters; the key is among them."""
    program = Program(per_minute=100_000)
    ada = program.brings(person("Ada"))
    practice(ada, algebra, at=now())
    cohort = cohort_of(ada, at=now())
    ExternalCohort.objects.create(program=program.row, external_id="c-1", cohort=cohort, linked_at=now())
    link = link_of(ada, now())
    return {
        "key": program.token,
        "external_id": "ada",
        "person_id": "ada",
        "cohort_id": "c-1",
        "subject": "math",
        "code": link.code,
        "experiment": "reward_amounts",
    }


@pytest.fixture
def _one_connection() -> Iterator[None]:
    """Keep the test's connection open between requests, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.usefixtures("_one_connection")
@pytest.mark.parametrize("operation", operations(), ids=lambda one: one.label)
def test_an_operation_keeps_to_its_document(known: dict[str, str], operation: Any) -> None:
    """Not asked: that good shapes are taken, because a cursor or a skill has to exist as well, and 422 says so.

    A batch with a broken event answers 207 and reports on the event. Unknown parameters of an address are ignored.
    """
    headers = {"Authorization": f"Bearer {known['key']}"}
    is_lenient = operation.label == "POST /api/v1/events" or not list(operation.body)

    def ask(case: schemathesis.Case, *, is_about_known: bool) -> None:
        if is_about_known:
            case.path_parameters |= {name: known[name] for name in case.path_parameters if name in known}
        excluded = [checks.positive_data_acceptance, *([checks.negative_data_rejection] if is_lenient else [])]
        case.call_and_validate(headers=headers, excluded_checks=excluded)

    good = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    BOUNDED(given(case=good)(lambda case: ask(case, is_about_known=True)))()
    BOUNDED(given(case=good)(lambda case: ask(case, is_about_known=False)))()
    broken = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    BOUNDED(given(case=broken)(lambda case: ask(case, is_about_known=False)))()
