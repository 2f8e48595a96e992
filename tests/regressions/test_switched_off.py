"""Switching a loop off stops new offers and links, and leaves links already shared working to their reward."""

import pytest
from django.db.models import ProtectedError
from pytest_django import Settings

from loops.core.links import create_link
from loops.models import Link, Loop, Prompt, Touch
from loops.models.loop import LoopRenamed
from tests.factories import browser, person, practice
from tests.ledgers import beside_points
from tests.steps.challenges import challenge_from
from tests.steps.practice import play
from tests.steps.sign_up import sign_up
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]


@pytest.fixture(params=["flag", "switch"])
def turn_off(request: pytest.FixtureRequest, settings: Settings) -> object:
    def act() -> None:
        if request.param == "flag":
            settings.FEATURES = settings.FEATURES | {"buddy_challenge": False}
        else:
            Loop.objects.filter(name="buddy_challenge").update(is_on=False)

    return act


def test_a_link_shared_before_still_brings_a_friend_and_pays_both(turn_off: object) -> None:
    ada = person("Ada")
    _, shared = challenge_from(browser(ada))
    assert callable(turn_off)
    turn_off()
    client = browser()
    landing = client.get(f"{shared}?via=sms").headers["Location"]
    assert client.get(landing).status_code == 200
    play(client, client.post(f"{landing}/play").headers["Location"], right=5)
    bo = sign_up(client, "Bo", year=2010)
    assert Touch.objects.get().channel == "sms"
    assert sorted(entry.user.username for entry in beside_points()) == sorted([ada.username, bo.username])


def test_no_new_link_is_made_and_no_offer_waits(turn_off: object, algebra: Skill) -> None:
    ada = person("Ada")
    practice(ada, algebra, at=now())
    client = browser(ada)
    assert client.get("/loops/waiting/").status_code == 200
    assert callable(turn_off)
    turn_off()
    assert client.get("/loops/waiting/").status_code == 204
    attempt_id = Prompt.objects.get().attempt_id
    assert "data-share" not in client.post(f"/loops/after/{attempt_id}/").content.decode()
    other = practice(ada, Skill.objects.get(slug="geometry"), at=now())
    client.post(f"/loops/challenge/{other.pk}/")
    assert (Link.objects.count(), Prompt.objects.count()) == (1, 1)


def test_a_loop_is_neither_renamed_nor_deleted() -> None:
    loop = Loop.objects.get(name="buddy_challenge")
    loop.name = "buddy"
    with pytest.raises(LoopRenamed):
        loop.save()
    with pytest.raises(LoopRenamed):
        Loop.objects.filter(name="buddy_challenge").update(name="buddy")
    with pytest.raises(ProtectedError):
        Loop.objects.get(name="buddy_challenge").delete()
    create_link(loop_name="buddy_challenge", referrer=person("Ada"), at=now())
    with pytest.raises(ProtectedError):
        Loop.objects.filter(name="buddy_challenge").delete()
    assert list(Loop.objects.filter(name__startswith="buddy").values_list("name", flat=True)) == ["buddy_challenge"]


def test_the_admin_neither_renames_nor_deletes_a_loop() -> None:
    staff = browser(person("Root", is_staff=True, is_superuser=True))
    path = "/admin/loops/loop/buddy_challenge/"
    assert "Delete" not in staff.get(f"{path}change/").content.decode()
    assert staff.post(f"{path}delete/", {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": ["buddy_challenge"], "post": "yes"}
    staff.post("/admin/loops/loop/", chosen)
    answers = {"name": "buddy", "title": "Dares", "expected_k": "0.4", "cooldown_s": "60", "min_score": "60"}
    assert staff.post(f"{path}change/", answers | {"fewest_people": "0", "is_on": "on"}).status_code == 302
    assert Loop.objects.get(name="buddy_challenge").title == "Dares"
    assert not Loop.objects.filter(name="buddy").exists()
