"""Threat 53: production starts with a known key, debug pages, or any host. It refuses, and names the variable."""

import pytest

from tests.production import FIT, start


@pytest.mark.parametrize(
    ("change", "variable"),
    [
        ({"DEBUG": "true"}, "unset DEBUG"),
        ({"SECRET_KEY": ""}, "set SECRET_KEY"),
        ({"SECRET_KEY": "development-only-key-that-production-refuses-to-start-with"}, "set SECRET_KEY"),
        ({"SECRET_KEY": "a" * 60}, "set SECRET_KEY"),
        ({"FIELD_ENCRYPTION_KEYS": ""}, "FIELD_ENCRYPTION_KEYS"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "127.0.0.1"}, "ALLOWED_HOSTS"),
        ({"SITE_URL": "http://tutoring.example"}, "SITE_URL"),
        ({"PRODUCTION": "false"}, "needs PRODUCTION=true"),
    ],
)
def test_t53_an_unfit_production_names_the_variable_and_stops(change: dict[str, str], variable: str) -> None:
    outcome = start(**(FIT | change))
    assert outcome.returncode == 1
    assert variable in outcome.stderr
