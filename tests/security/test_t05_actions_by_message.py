"""Threat 5: a client can send only the listed events of a room, and a role that is not a learner moves nobody."""

import json
import re

import pytest

from presence.rooms import base
from tests.factories import cohort_of, person
from tests.sockets import Refusal, connected, in_thread, serving_in_process
from viral_engine.kernel.clock import now

pytestmark = pytest.mark.django_db(transaction=True)
HANDLED = {
    "ActivityFeedRoom": set[str](),
    "CohortBoardRoom": {"standings"},
    "CohortRoom": {"send_message", "messages_since", "challenge_cohort"},
    "SiteRoom": set[str](),
    "SubjectBoardRoom": {"standings"},
    "SubjectRoom": {"practice_started", "practice_completed"},
    "UserRoom": set[str](),
}
OF_THE_SERVER = ["new_message", "presence_diff", "reward_granted", "session_ended"]


def test_t05_the_events_that_clients_may_send_are_these() -> None:
    rooms = {route.room for routes in base._routes.values() for route in routes}
    found = {room.__name__: set(room.handlers) for room in rooms if not room.__module__.startswith("tests.")}
    assert found == HANDLED


@pytest.mark.parametrize("role", ["student", "parent", "tutor", "admin"])
async def test_t05_no_role_may_send_what_the_server_sends(catalogue: None, role: str) -> None:
    sender, ada = await in_thread(lambda: (person("Cy", age=30, role=role, is_staff=role == "admin"), person("Ada")))
    async with serving_in_process() as server, connected(server, sender) as [client]:
        for topic in ("subject:math", f"user:{sender.pk}"):
            await client.join(topic)
            for event in OF_THE_SERVER:
                with pytest.raises(Refusal, match="unknown_event"):
                    await client.push(topic, event, {"user_id": ada.pk})
        for event in ("reward_granted", "session_ended", "new_message"):
            assert client.events(f"user:{sender.pk}", event) == []


async def test_t05_a_parent_who_claims_to_practice_is_heard_by_no_cohort(catalogue: None) -> None:
    def cast() -> tuple[object, object, int]:
        parent, ada = person("Grace", age=40, role="parent"), person("Ada")
        return parent, ada, cohort_of(parent, ada, at=now()).pk

    parent, ada, cohort = await in_thread(cast)
    async with serving_in_process() as server, connected(server, parent, ada) as [p, a]:  # type: ignore[arg-type]
        await a.join(f"cohort:{cohort}")
        await p.join("subject:math")
        claim = {"skill": "algebra", "user_id": ada.pk, "score": 100}  # type: ignore[attr-defined]
        await p.push("subject:math", "practice_started", claim)
        await p.push("subject:math", "practice_completed", claim)
        await a.push(f"cohort:{cohort}", "messages_since", {"number": 0})
        assert a.events(f"cohort:{cohort}", "new_activity") == []
        assert not re.search("practicing_", json.dumps(a.frames))
