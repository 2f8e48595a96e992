"""A child reads where their parent's consent stands: never asked, asked, refused and withdrawn have their own words."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from feeds.services.chat import MessageRefused, post_message
from loops.core.shop import PurchaseRefused, buy_item
from loops.models import ShopItem
from tests.factories import browser, child, cohort_of, parent_of, person, practice
from viral_engine.accounts.models import ConsentRequest, User
from viral_engine.accounts.rules import CONSENT_WORDS, ConsentState
from viral_engine.accounts.services.consent import answer_request, consent_state_of, give_consent, withdraw_consent
from viral_engine.accounts.services.friends import friends_refusal
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill
from viral_engine.safety.services import ActionRefused, check_action

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
ALONE = [state for state in ConsentState if state.practices_alone]
ABOUT_PARENTS = re.compile(r"[^.>]*\b[Pp]arents?\b[^.<]*")


def kid_in(state: ConsentState, at: datetime) -> User:
    kid = child("Comet", first_name="Comet")
    if state == ConsentState.NEVER_ASKED:
        return kid
    request = ConsentRequest.objects.create(
        child=kid, parent_email="grace@example.com", created_at=at, expires_at=at + timedelta(days=7)
    )
    if state == ConsentState.ASKED:
        return kid
    grace = person("Grace", age=40, role="parent")
    kinds = ["ferpa"] if state == ConsentState.REFUSED else ["coppa"]
    answer_request(request=request, parent=grace, kinds=kinds, ip_hash="", at=at)
    if state == ConsentState.WITHDRAWN:
        withdraw_consent(parent=grace, child=kid, kind="coppa", at=at)
    return kid


@pytest.mark.parametrize("state", ConsentState)
def test_each_state_is_told_from_its_rows(state: ConsentState) -> None:
    kid = person("Ada") if state == ConsentState.NOT_NEEDED else kid_in(state, now())
    assert consent_state_of(kid, now()) == state


def test_a_consent_given_again_counts(at: datetime) -> None:
    kid = kid_in(ConsentState.WITHDRAWN, at)
    give_consent(parent=parent_of(kid, "Dora", at=at), child=kid, kind="coppa", method="email_plus", ip_hash="", at=at)
    assert consent_state_of(kid, at) == ConsentState.AGREED


def page(path: str) -> Callable[[User], str]:
    def read(kid: User) -> str:
        text = browser(kid).get(path).content.decode()
        return " ".join(re.sub(r"<[^>]+>", " ", text).replace("&#x27;", "'").split())

    return read


def refused_chat(kid: User) -> str:
    with pytest.raises(MessageRefused) as refusal:
        post_message(author=kid, cohort_id=cohort_of(kid, at=now()).pk, text="Hi", key=uuid4(), at=now())
    return str(refusal.value)


def refused_action(kid: User) -> str:
    with pytest.raises(ActionRefused) as refusal:
        check_action(user=kid, action="trigger_loop", at=now())
    return str(refusal.value)


def refused_purchase(kid: User) -> str:
    item = ShopItem.objects.get(slug="ai-minutes")
    with pytest.raises(PurchaseRefused) as refusal:
        buy_item(user=kid, item=item, price=item.price, key=uuid4(), at=now())
    return str(refusal.value)


def offer_after_a_result(kid: User) -> str:
    result = practice(kid, Skill.objects.get(slug="algebra"), right=5, at=now())
    return browser(kid).post(f"/loops/after/{result.pk}/").content.decode()


DOORS: dict[str, Callable[[User], str]] = {
    "home": page("/"),
    "feed": page("/feed/"),
    "cohort": page("/cohorts/"),
    "boards": page("/leaderboards/"),
    "league": page("/leaderboards/league/"),
    "friends": page("/friends/"),
    "settings": page("/settings/"),
    "rewards": page("/rewards/"),
    "friendship": lambda kid: friends_refusal(kid, now()),
    "chat": refused_chat,
    "safety": refused_action,
    "shop": refused_purchase,
    "offer": offer_after_a_result,
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("state", ALONE)
def test_every_door_says_why_in_the_words_of_its_state(state: ConsentState, door: str) -> None:
    said = DOORS[door](kid_in(state, now()))
    assert state.words.why in said
    foreign = {words.why for other, words in CONSENT_WORDS.items() if other != state}
    assert [why for why in foreign if why in said] == []
    if state in {ConsentState.REFUSED, ConsentState.WITHDRAWN}:
        assert not re.search(r"[Uu]ntil they say|until your parent|answer our e-mail|say yes first", said)


@pytest.mark.parametrize("path", ["/feed/", "/leaderboards/"])
def test_a_blocked_account_is_not_about_parents(path: str) -> None:
    for user in (child("Comet"), person("Ada")):
        User.objects.filter(pk=user.pk).update(blocked_at=now())
        said = page(path)(user)
        assert "This account is paused" in said
        assert not re.search(r"say yes|took back", said)
