"""The end of a drill: the stored data is what it must be."""

from io import StringIO

from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

SETTLES_S = 10.0  # work on its way ends meanwhile


def assert_invariants(redis_url: str = "", *names: str, sockets: int | None = None) -> None:
    """Run `manage.py check_invariants` on the test's database, and on the drill's own Redis.

    Raises  CommandError, with the report printed.
    """
    urls = dict.fromkeys(settings.REDIS_URLS, redis_url)
    out = StringIO()
    try:
        with override_settings(REDIS_URL=redis_url, REDIS_URLS=urls):
            call_command("check_invariants", *names, wait=SETTLES_S, sockets=sockets, stdout=out)
    finally:
        print(out.getvalue())
