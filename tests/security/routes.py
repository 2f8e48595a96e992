"""The site's addresses, each with example arguments, for tests that try every one."""

from tests.entry_points import Door, addresses

EXAMPLES = {
    "attempt_id": "0b0e7a1c-7d0e-4b59-9d6c-6d3f0a3b1c11",
    "session_id": "0b0e7a1c-7d0e-4b59-9d6c-6d3f0a3b1c11",
    "key": "algebra",
    "slug": "algebra",
    "code": "aaaaaaaa",
    "page": "overview",
    "week": "2026-W10",
    "name": "buddy_challenge",
    "token": "nothing.0000000000000000",
    "uidb36": "1",
}


def path_of(door: Door) -> str:
    return door.path.format(*(EXAMPLES.get(name, "1") for name in door.names))


def every_path() -> list[str]:
    return sorted({path_of(door) for door in addresses()})
