"""Hole 5: what a child or a blocked person shared goes with them, and comes back with a parent's consent."""

from uuid import uuid4

import pytest
from django.apps import apps

from feeds import queries
from feeds.models import Activity, Message, Reaction
from feeds.services import activities, chat
from loops.core.links import create_link, is_open
from loops.models import Link
from tests.factories import browser, child, cohort_of, parent_of, person, practice
from tests.presence.clients import live
from tests.sockets import connected, cookies_of, in_thread, serving_in_process
from viral_engine.accounts.events import AccountBlocked, AccountUnblocked, ConsentWithdrawn
from viral_engine.accounts.models import HiddenRow, User
from viral_engine.accounts.services.consent import give_consent, withdraw_consent
from viral_engine.accounts.services.hiding import follow_block, follow_consent, hide_person, restore_person
from viral_engine.accounts.services.sessions import block_account, close_account, reopen_account, unblock_account
from viral_engine.accounts.viewer_profiles import viewer_profile_of
from viral_engine.kernel.clock import now
from viral_engine.kernel.hiding import HiddenWith, Hides, HidingCause, NotShared
from viral_engine.learning.models import Skill
from viral_engine.safety.services.detections import open_item
from viral_engine.safety.services.reviews import reject, reopen

NOT_OURS = {"admin.LogEntry", "account.EmailAddress", "mfa.Authenticator"}  # read by staff, and by the person


def of_people() -> set[str]:
    """Models with a foreign key to a person, from the schema."""
    found = set()
    for model in apps.get_models():
        fields = [field for field in model._meta.get_fields() if field.is_relation and not field.auto_created]
        if any(field.related_model is User and not field.many_to_many for field in fields):
            found.add(model._meta.label)
    return found


def test_h05_every_model_that_names_a_person_says_what_becomes_of_its_rows() -> None:
    policies = {label: vars(apps.get_model(label)).get("shared") for label in of_people() - NOT_OURS}
    assert len(policies) >= 35
    assert {label for label, one in policies.items() if not isinstance(one, Hides | NotShared | HiddenWith)} == set()
    hides = {label for label, one in policies.items() if isinstance(one, Hides)}
    assert hides == {"feeds.Activity", "feeds.CoPractice", "feeds.Message", "feeds.Reaction", "loops.Link"}


def test_h05_a_policy_names_columns_of_its_model_that_the_schema_knows() -> None:
    for model in apps.get_models():
        policy = vars(model).get("shared")
        if isinstance(policy, Hides):
            known = {field.name for field in model._meta.get_fields()}
            assert {*policy.people, *policy.shown, *policy.hidden} <= known
            assert policy.shown.keys() == policy.hidden.keys()
            to_people = {field.name for field in model._meta.fields if field.related_model is User}
            assert to_people == set(policy.people)  # every way the row names a person


class Family:
    """A consented child with a message, an activity, a reaction and a link; two messages by others."""

    def __init__(self) -> None:
        at = now()
        self.kid = child("Cy", first_name="Cy")
        self.parent = parent_of(self.kid, at=at)
        self.bo = person("Bo")
        for kind in ("coppa", "disclosure", "ferpa"):
            self.consent(kind)
        self.kid.refresh_from_db()
        self.cohort = cohort_of(self.kid, self.bo, at=at)
        self.message = self.say(self.kid, "hi from cy")
        self.say(self.bo, "hi from bo")
        practice(self.kid, Skill.objects.get(slug="algebra"), at=at)
        practice(self.bo, Skill.objects.get(slug="algebra"), at=at)
        self.activity = Activity.objects.get(actor=self.kid, kind="practice_completed")
        self.of_bo = Activity.objects.get(actor=self.bo, kind="practice_completed")
        activities.react(user=self.kid, activity=self.of_bo, kind="clap", at=at)
        self.link = create_link(loop_name="buddy_challenge", referrer=self.kid, at=at)

    def say(self, author: User, text: str) -> Message:
        return chat.post_message(author=author, cohort_id=self.cohort.pk, text=text, key=uuid4(), at=now())

    def consent(self, kind: str = "coppa") -> None:
        give_consent(parent=self.parent, child=self.kid, kind=kind, method="signed_form", ip_hash="", at=now())

    def withdraw(self, kind: str = "coppa") -> None:
        withdraw_consent(parent=self.parent, child=self.kid, kind=kind, at=now())

    def seen_by_bo(self) -> tuple[list[str], list[int], int, bool]:
        """Messages, activities, claps on Bo's activity, and whether the link opens."""
        viewer = viewer_profile_of(self.bo)
        read = queries.messages_for(self.cohort.pk, without=frozenset())
        stream = queries.cohort_stream(self.cohort.pk, viewer)
        claps = Activity.objects.drawn().get(pk=self.of_bo.pk).clap_count  # type: ignore[attr-defined]
        link = Link.objects.select_related("referrer").get(pk=self.link.pk)
        ids = [one.pk for one in stream if one.kind == "practice_completed"]
        return [message.text for message in read], ids, claps, is_open(link, now())


@pytest.mark.django_db(transaction=True)
def test_h05_a_withdrawal_hides_all_and_a_new_consent_shows_what_it_hid(catalogue: None) -> None:
    family = Family()
    before = family.seen_by_bo()
    assert before == (["hi from cy", "hi from bo"], [family.of_bo.pk, family.activity.pk], 1, True)
    by_staff = family.say(family.kid, "hidden by staff")
    chat.hide_message(message=by_staff, at=now())
    family.withdraw()
    assert family.seen_by_bo() == (["hi from bo"], [family.of_bo.pk], 0, False)
    family.consent()
    assert family.seen_by_bo()[0] == ["hi from bo"]  # seen again, but nothing of theirs is published
    family.consent("disclosure")
    assert family.seen_by_bo() == before
    assert HiddenRow.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_h05_each_cause_is_lifted_alone(catalogue: None) -> None:
    family = Family()
    family.withdraw()
    family.withdraw("ferpa")
    family.consent()
    family.consent("disclosure")
    assert family.seen_by_bo()[3] is False  # a link shows results, which may still not be shared
    assert family.seen_by_bo()[0] == ["hi from cy", "hi from bo"]
    family.consent("ferpa")
    assert family.seen_by_bo()[3] is True


@pytest.mark.django_db(transaction=True)
def test_h05_what_staff_hide_meanwhile_stays_hidden(catalogue: None) -> None:
    family = Family()
    family.withdraw()
    chat.hide_message(message=family.message, at=now())
    family.consent()
    family.consent("disclosure")
    assert family.seen_by_bo()[0] == ["hi from bo"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("loss", ["blocked", "erased"])
def test_h05_a_block_by_staff_and_an_erasure_hide_all(catalogue: None, loss: str) -> None:
    from viral_engine.accounts.services.erasure import erase_account

    family = Family()
    if loss == "blocked":
        User.objects.filter(pk=family.kid.pk).update(blocked_at=now())
        close_account(user=family.kid, at=now())
    else:
        erase_account(user=family.kid, by=family.parent, at=now())
    assert family.seen_by_bo() == (["hi from bo"], [family.of_bo.pk], 0, False)


@pytest.mark.django_db(transaction=True)
def test_h05_what_a_block_hid_is_shown_again_when_staff_take_it_back(catalogue: None) -> None:
    family = Family()
    before = family.seen_by_bo()
    assert block_account(user=family.kid, at=now())
    assert family.seen_by_bo() == (["hi from bo"], [family.of_bo.pk], 0, False)
    assert unblock_account(user=family.kid, at=now())
    assert family.seen_by_bo() == before


@pytest.mark.django_db(transaction=True)
def test_h05_an_event_that_comes_late_changes_nothing(catalogue: None) -> None:
    family = Family()
    before = family.seen_by_bo()
    follow_consent(ConsentWithdrawn(actor_id=family.parent.pk, child_id=family.kid.pk, kind="coppa"), now())
    follow_block(AccountBlocked(actor_id=family.kid.pk), now())
    assert family.seen_by_bo() == before
    assert block_account(user=family.kid, at=now())
    follow_block(AccountUnblocked(actor_id=family.kid.pk), now())
    assert family.seen_by_bo() == (["hi from bo"], [family.of_bo.pk], 0, False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["review", "block"])
def test_h05_a_review_and_a_block_are_lifted_apart(catalogue: None, first: str) -> None:
    """Each is taken back alone; a message is shown again once neither holds, in whatever order they came and go."""
    family = Family()
    before = family.seen_by_bo()
    case, _ = open_item(
        kind="message", object_key=str(family.message.pk), subject_id=family.kid.pk, reason="", evidence={}, at=now()
    )
    order = (True, False) if first == "review" else (False, True)
    for is_review in order:
        if is_review:
            reject(item=case, by=family.bo, at=now())
        else:
            block_account(user=family.kid, at=now())
    for is_review in order:
        assert "hi from cy" not in family.seen_by_bo()[0]
        if is_review:
            reopen(item=case, by=family.bo, at=now())
        else:
            unblock_account(user=family.kid, at=now())
    assert family.seen_by_bo() == before


@pytest.mark.django_db(transaction=True)
def test_h05_an_account_that_staff_switch_on_again_shows_what_it_shared(catalogue: None) -> None:
    family = Family()
    before = family.seen_by_bo()
    User.objects.filter(pk=family.kid.pk).update(is_active=False)
    close_account(user=family.kid, at=now())
    assert family.seen_by_bo() == (["hi from bo"], [family.of_bo.pk], 0, False)
    User.objects.filter(pk=family.kid.pk).update(is_active=True)
    reopen_account(user=family.kid, at=now())
    assert family.seen_by_bo() == before


@pytest.mark.django_db(transaction=True)
def test_h05_hiding_twice_is_hiding_once_and_strangers_keep_their_rows(catalogue: None) -> None:
    family = Family()
    first = hide_person(user_id=family.kid.pk, cause=HidingCause.COPPA, at=now())
    assert set(first) == {"feeds.Activity", "feeds.Message", "feeds.Reaction", "loops.Link"}
    assert hide_person(user_id=family.kid.pk, cause=HidingCause.COPPA, at=now()) == {}
    assert restore_person(user_id=family.kid.pk, cause=HidingCause.BLOCK, at=now()) == {}
    assert restore_person(user_id=family.kid.pk, cause=HidingCause.COPPA, at=now()) == first
    assert Reaction.objects.filter(is_shown=True).count() == 1


@pytest.mark.django_db(transaction=True)
async def test_h05_open_pages_lose_it_at_once_and_nobody_recovers_it(catalogue: None) -> None:
    family = await in_thread(Family)
    topic = f"cohort:{family.cohort.pk}"
    cookies = await in_thread(lambda: cookies_of(browser(family.bo)))
    async with serving_in_process() as server, connected(server, family.bo) as [b]:
        answer = await b.join(topic)
        page = await live(server, topic, cookies)
        while "hi from cy" not in str(await page.recv()):
            continue
        await in_thread(lambda: family.say(family.kid, "said while bo was away"))
        await b.hears(topic, "new_message")
        await in_thread(family.withdraw)
        [removed] = await b.hears(topic, "messages_hidden")
        assert family.message.pk in removed["message_ids"]
        while f'id="message-{family.message.pk}" hx-swap-oob="delete"' not in str(await page.recv()):
            continue
        again = await b.join(topic, seq=answer["seq"], epoch=answer["epoch"])
        assert again["recovered"] is False
        assert "said while bo was away" not in str(again)
        assert "hi from cy" not in str(again)
