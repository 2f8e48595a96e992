"""Threat 19: our pages in another site's frame. This looks at the admin and allauth too."""

import pytest

from tests.factories import browser
from tests.security.routes import every_path
from tests.steps.staff import superuser


@pytest.mark.django_db
@pytest.mark.parametrize("is_staff", [False, True])
def test_no_route_may_be_framed(is_staff: bool) -> None:
    client = browser(superuser() if is_staff else None)
    for path in every_path():
        answer = client.get(path)
        assert answer["X-Frame-Options"] == "DENY", path
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"], path
        assert "unsafe" not in answer["Content-Security-Policy"], path
