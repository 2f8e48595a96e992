"""Threat 12: a client claims to be another person, to be twice, or to do what it does not do."""

import json

import pytest

from tests.factories import cohort_of, person
from tests.sockets import connected, in_thread, serving_in_process
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now

pytestmark = pytest.mark.django_db(transaction=True)


async def test_t12_a_join_shows_the_person_of_the_ticket_whatever_it_claims(catalogue: None) -> None:
    def cast() -> tuple[User, User, User, int]:
        ada, bo, cy = person("Ada"), person("Bo"), person("Cy")
        return ada, bo, cy, cohort_of(ada, bo, cy, at=now()).pk

    ada, bo, cy, cohort_id = await in_thread(cast)
    topic = f"cohort:{cohort_id}"
    async with serving_in_process() as server, connected(server, ada, bo) as [a, b]:
        await a.join(topic)
        await b.join(
            topic, user_id=cy.pk, id=cy.pk, name="Cy", key=str(cy.pk), current_activity="practicing_algebra", metas=[{}]
        )
        await a.sees(topic, {ada.pk: [None], bo.pk: [None]})
        forged = {"joins": {str(cy.pk): {"metas": [{"phx_ref": "x"}]}}, "leaves": {str(ada.pk): {"metas": []}}}
        for event in ("presence_diff", "presence_state"):
            await b.raw(json.dumps([b.joined[topic], "f", topic, event, forged]))
        await b.push(topic, "messages_since", {"number": 0})  # the forged frames were answered before
        await b.leave(topic)
        await a.sees(topic, {ada.pk: [None]})
        assert str(cy.pk) not in {key for frame in a.frames for key in frame[4].get("joins", {})}
