"""Every route and room with people in every state of consent, for tests of the whole matrix."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from feeds.models import Activity
from feeds.services.chat import post_message
from tests.factories import browser, child, cohort_of, consent_request, parent_of, person, practice
from viral_engine.accounts.models import User
from viral_engine.accounts.services.consent import give_consent, withdraw_consent
from viral_engine.learning.models import Skill

ROLES = (
    "stranger",
    *(f"child_{state}" for state in ("asked", "refused", "withdrawn", "weak", "verified")),
    *("teen", "parent", "tutor", "staff"),
)


@dataclass(frozen=True)
class SiteRoute:
    """One address of the URL conf; `name` is `namespace:name`."""

    name: str
    pattern: URLPattern
    path: str


def routes() -> list[SiteRoute]:
    """The addresses of the site and of allauth; the admin has tests of its own."""
    return [route for route in _walk(get_resolver(), "/", "") if not route.path.startswith("/admin/")]


def _walk(resolver: URLResolver, prefix: str, namespace: str) -> Iterator[SiteRoute]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern).lstrip("^")
        if isinstance(entry, URLResolver):
            yield from _walk(entry, path, entry.namespace or namespace)
        else:
            name = f"{namespace}:{entry.name}" if namespace else entry.name or path
            yield SiteRoute(name, entry, path)


# -- People ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class World:
    """People by role and state, and what Ada, a stranger to none of them, has made in their cohort."""

    people: dict[str, User | None]
    arguments: dict[str, Any]

    def clients(self) -> dict[str, Client]:
        return {role: browser(user) for role, user in self.people.items()}


def world(skill: Skill, at: datetime) -> World:
    """Learners in every state of consent in one cohort, adults, and objects of Ada's."""
    ada = person("Ada", at=at)
    kids = {state: child(f"kid.{state}", at=at) for state in ("asked", "refused", "withdrawn", "weak", "verified")}
    consent_request(kids["asked"])
    answered = consent_request(kids["refused"])
    answered.answered_at = at
    answered.save(update_fields=["answered_at"])
    parents = {state: parent_of(kids[state], f"Parent{state}", at=at) for state in ("withdrawn", "weak", "verified")}
    for state, parent in parents.items():
        _agree(parent, kids[state], "coppa", "email_plus", at)
    _agree(parents["verified"], kids["verified"], "disclosure", "signed_form", at)
    withdraw_consent(parent=parents["withdrawn"], child=kids["withdrawn"], kind="coppa", at=at)
    learners = {f"child_{state}": kid for state, kid in kids.items()} | {"teen": person("Bo", at=at)}
    cohort = cohort_of(ada, *learners.values(), at=at)
    people: dict[str, User | None] = {"stranger": None, **learners}
    people["parent"] = parents["weak"]
    people["tutor"] = person("Dee", age=40, role="tutor", grade=None)
    people["staff"] = User.objects.create_superuser("root", "root@example.com", "correct-horse-9")
    result = practice(ada, skill, at=at)
    message = post_message(author=ada, cohort_id=cohort.pk, text="Hello", key=UUID(int=7), at=at)
    activity = Activity.objects.create(
        actor=ada, kind="practice_completed", cohort=cohort, skill=skill, source="matrix", at=at
    )
    arguments = {
        "cohort_id": cohort.pk,
        "message_id": message.pk,
        "activity_id": activity.pk,
        "attempt_id": result.pk,
        "person_id": ada.pk,
        "child_id": kids["weak"].pk,
    }
    return World(people, arguments)


def _agree(parent: User, kid: User, kind: str, method: str, at: datetime) -> None:
    give_consent(parent=parent, child=kid, kind=kind, method=method, ip_hash="", at=at - timedelta(minutes=1))


# -- Outcomes --------------------------------------------------------------------------------------------------
BY_NAME = {"key": "nothing", "token": "nothing.0000000000000000", "uidb36": "1", "kind": "coppa", "page": "overview"}
BY_TYPE = {"uuid": str(UUID(int=9)), "id": "999999999", "topic_slug": "math", "slug": "nothing", "str": "nothing"}
ARGUMENT = re.compile(r"<(?:(\w+):)?(\w+)>")
NAMED_GROUP = re.compile(r"\(\?P<(\w+)>[^()]*\)")


def path_of_route(route: SiteRoute, arguments: dict[str, Any]) -> str:
    """An address of the route: with an object of the world where it has one, else with one that nobody has."""

    def example(match: re.Match[str]) -> str:
        kind, name = match[1] or "str", match[2]
        return str(arguments.get(name, BY_NAME.get(name, BY_TYPE[kind])))

    path = NAMED_GROUP.sub(lambda match: BY_NAME.get(match[1], "nothing"), route.path)
    return ARGUMENT.sub(example, path).strip("^$").replace("\\", "")


# The fields of the site's forms, so that no request is refused for an empty field alone.
FORM = {
    "text": "Hello",
    "key": str(UUID(int=11)),
    "skill": "algebra",
    "subject": "math",
    "choice": "1",
    "position": "0",
    "kind": "coppa",
    "kinds": "coppa",
    "reason": "spam",
    "rating": "5",
    "channel": "copy",
    "username": "ada",
    "price": "300",
    "theme": "forest",
    "is_on": "on",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the site answers: login, refused (401, 403, 404, 410), no method (405), or open; and the tables it wrote."""

    kind: str
    written: frozenset[str]


def outcome(client: Client, path: str, method: str) -> Outcome:
    """Send a request, and undo its changes of the database and of the client."""
    written: set[str] = set()

    def watch(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            written.add(sql.split('"')[1])
        return execute(sql, *rest)

    jar = {name: morsel.value for name, morsel in client.cookies.items()}
    with transaction.atomic(), connection.execute_wrapper(watch):
        response = client.post(path, FORM) if method == "POST" else client.generic(method, path)
        transaction.set_rollback(True)
    client.cookies.clear()
    client.cookies.load(jar)
    return Outcome(_kind_of(response.status_code, response.headers.get("Location", "")), frozenset(written))


def _kind_of(status: int, location: str) -> str:
    if status == 302 and location.startswith(("/accounts/login/", "/accounts/reauthenticate/")):
        return "login"
    return {401: "refused", 403: "refused", 404: "refused", 410: "refused", 405: "no method"}.get(status, "open")
