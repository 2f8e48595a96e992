"""A loop that only tests know (tests/loops/sample_loop), registered and driven over HTTP from trigger to undo."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import Settings

from loops.core.links import LOOP_OF_PURPOSE
from loops.core.registry import LOOPS, register
from loops.models import Loop, Prompt, Referral, RewardEntry
from loops.models.link import DETAIL_RELATIONS, UNREAD_DETAILS
from loops.rules.copy import LANGUAGES
from tests.factories import browser, path_of, person, take_test
from tests.loops.sample_loop.loop import LOOP
from tests.steps.admin import choose_action
from tests.steps.sign_up import prove_mailbox
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision, Delivery, LoggedEvent
from viral_engine.learning.models import Answer, Subject

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue", "sample_loop")]


@pytest.fixture
def sample_loop(catalogue: None, settings: Settings) -> Iterator[None]:
    """The loop is registered, has its row, its flag and its page; afterwards nobody knows it."""
    catalogs: list[dict[str, object]] = [LOOPS, DETAIL_RELATIONS, UNREAD_DETAILS, LOOP_OF_PURPOSE, *LANGUAGES.values()]  # type: ignore[list-item]
    before = [dict(catalog) for catalog in catalogs]
    settings.FEATURES = {LOOP.name: True}
    settings.ROOT_URLCONF = "tests.loops.sample_loop.urls"
    register(LOOP)
    Loop.objects.create(name=LOOP.name, title="Study Together", expected_k=0.2, cooldown_s=3600, min_score=60)
    yield
    for catalog, known in zip(catalogs, before, strict=True):
        catalog.clear()
        catalog.update(known)


def events(kind: str) -> list[LoggedEvent]:
    return list(LoggedEvent.objects.filter(type=kind).order_by("pk"))


def answer_diagnostic(client: Client, attempt_url: str) -> str:
    """Twenty right answers; returns the id of the attempt."""
    attempt_id = attempt_url.split("/")[2]
    for position in range(20):
        question = Answer.objects.select_related("question").get(attempt_id=attempt_id, position=position).question
        client.post(f"{attempt_url}answer/", {"position": position, "choice": question.answer})
    assert client.post(f"{attempt_url}finish/").headers["Location"] == f"/results/{attempt_id}/"
    return attempt_id


def sign_up(client: Client, name: str) -> User:
    client.post("/signup/", {"month": "5", "day": "4", "year": "2011"})
    answers = {"first_name": name, "username": name.lower(), "email": f"{name}@example.com", "grade": "8"}
    assert client.post("/signup/details/", answers | {"password": "correct-horse-9"}).status_code == 302
    return User.objects.get(username=name.lower())


def paid() -> list[tuple[int, str, int]]:
    rows = RewardEntry.objects.filter(loop=LOOP.name, cause="grant").order_by("pk")
    return list(rows.values_list("user", "key", "amount"))


def test_a_loop_in_one_folder_runs_from_trigger_to_undo() -> None:
    ada, at_bo = person("Ada"), browser()
    at_ada = browser(ada)

    # Trigger and offer: shown under the result and on the home page, with its reason.
    result = take_test(ada, Subject.objects.get(slug="math"), right=16, at=now())
    decision = Decision.objects.get(agent="orchestrator", type="practice_test_completed")
    assert (decision.outcome, decision.actor_id) == ("sample_loop", ada.pk)
    prompt = Prompt.objects.get()
    assert "I got 80% in a Math test." in at_ada.get("/loops/waiting/").content.decode()
    offer = at_ada.post(f"/loops/after/{result.pk}/").content.decode()
    assert "You get 20 XP for each friend who joins and gets a question right." in offer
    assert [event.properties["loop"] for event in events("loop_exposed")] == ["sample_loop"]
    assert "You finished a practice test." in at_ada.get(f"/loops/prompts/{prompt.pk}/why/").content.decode()

    # Share.
    link = prompt.link
    sent = at_ada.post(f"/loops/share/{link.code}/sent/", {"channel": "sms", "key": str(uuid4())})
    assert (sent.status_code, [event.link_code for event in events("invite_sent")]) == (204, [link.code])
    sheet = at_ada.get(f"/loops/share/{link.code}/").content.decode()
    card = sheet.split('class="share-card" src="')[1].split('"')[0]
    assert at_bo.get(card)["Content-Type"] == "image/png"

    # Click: the smart link leads to the loop's own page.
    shared = path_of(sheet.split('data-text="')[1].split("?via=copy")[0])
    landing = at_bo.get(f"{shared}?via=sms").headers["Location"]
    assert landing.startswith("/study-together/")
    assert "<button>Find my level</button>" in at_bo.get(landing).content.decode()
    assert browser().get(f"{landing}0").status_code == 404
    assert len(events("link_clicked")) == 1

    # First value, as a guest, with the loop's panel under the result.
    attempt_id = answer_diagnostic(at_bo, at_bo.post(landing).headers["Location"])
    assert [event.link_code for event in events("fvm_reached") if event.guest_id] == [link.code]
    assert "Sign up and keep it" in at_bo.post(f"/loops/after/{attempt_id}/").content.decode()
    assert paid() == []

    # Rewards: one for the sign-up, one for the first value, once each.
    bo = prove_mailbox(sign_up(at_bo, "Bo"))
    assert (Referral.objects.get().referee, Referral.objects.get().link) == (bo, link)
    expected = {
        (bo.pk, f"sample_loop:{bo.pk}:sign_up:joiner", 20),
        (ada.pk, f"sample_loop:{bo.pk}:first_value:inviter", 20),
    }
    assert set(paid()) == expected
    assert not Delivery.objects.filter(processed_at=None).exists()
    outcomes = Decision.objects.filter(agent="incentives", type="sample_loop").values_list("outcome", flat=True)
    assert list(outcomes) == ["rewarded", "rewarded"]

    # Undo: staff take the reward back.
    staff = browser(person("Root", is_staff=True, is_superuser=True))
    grant = RewardEntry.objects.get(user=ada, loop="sample_loop")
    choose_action(staff, "/admin/loops/rewardentry/", "take_back", grant.pk)
    assert RewardEntry.objects.balance_at(ada.pk, "referral_xp", now()) == 0
    assert [event.properties["amount"] for event in events("reward_revoked")] == [20]


def test_a_loop_without_a_row_or_a_flag_does_not_run(settings: Settings) -> None:
    math = Subject.objects.get(slug="math")
    settings.FEATURES = {}
    take_test(person("Ada"), math, right=16, at=now())
    settings.FEATURES = {LOOP.name: True}
    Loop.objects.filter(name=LOOP.name).delete()
    take_test(person("Bo"), math, right=16, at=now())
    decisions = Decision.objects.filter(agent="orchestrator", type="practice_test_completed")
    assert ["sample_loop: switched off" in one.rationale for one in decisions] == [True, True]
    assert Prompt.objects.count() == 0


def test_two_loops_do_not_share_a_name() -> None:
    with pytest.raises(ValueError, match="another loop has this name"):
        register(LOOP)
