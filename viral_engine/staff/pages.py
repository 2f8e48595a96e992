"""Which addresses are pages of staff."""

from collections.abc import Sequence

# Every view that only staff may open lies under one of these; a test reads the URL conf.
STAFF_PREFIXES = ("/admin/", "/monitoring/", "/dashboard/", "/experiments/", "/loops/copy-kit/")
# Programs with a token read these; staff pages of their own, from the allowed networks only.
PROGRAM_PREFIXES = ("/metrics",)
SECOND_FACTOR_PREFIX = "/accounts/2fa/"
SECOND_FACTOR_LOGIN = "/accounts/2fa/authenticate/"


def is_staff_page(path: str) -> bool:
    return _starts(path, STAFF_PREFIXES)


def is_internal_page(path: str) -> bool:
    """Whether the page exists only in the allowed networks."""
    return is_staff_page(path) or _starts(path, PROGRAM_PREFIXES)


def is_second_factor_page(path: str) -> bool:
    return path.startswith(SECOND_FACTOR_PREFIX) and path != SECOND_FACTOR_LOGIN


def _starts(path: str, prefixes: Sequence[str]) -> bool:
    return path.startswith(tuple(prefixes)) or f"{path}/" in prefixes
