"""Hole 1: an attacker signs up with another person's address, and waits until its owner proves the mailbox."""

from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection
from django.test import Client

from presence.tokens import read_token, token_for
from tests.concurrency import at_once
from tests.factories import Committed, browser, child, consent_request, person
from tests.steps.mailboxes import confirm_by_link, log_in_by_code, reset_password
from viral_engine.accounts.emails import consent_token
from viral_engine.accounts.models import Consent, Guardianship, User
from viral_engine.accounts.queries import family_of
from viral_engine.accounts.services import mailboxes
from viral_engine.accounts.services.consent import ConsentRefused, give_consent
from viral_engine.accounts.services.mailboxes import AlreadyProven
from viral_engine.accounts.viewer_profiles import viewer_profile_of
from viral_engine.kernel.clock import now, today
from viral_engine.kernel.models import LoggedEvent

pytestmark = pytest.mark.django_db
OWNER, ATTACKER, PASSWORD = "grace@example.com", "mallory@example.com", "correct-horse-9"
ADULT = {"first_name": "Grace", "last_name": "Hopper", "email": OWNER, "password": PASSWORD}


def made_in_advance(role: str = "parent") -> tuple[Client, User]:
    """The attacker's browser, logged in to an account with the owner's address."""
    attacker = browser()
    attacker.post("/signup/", {"month": "5", "day": "4", "year": "1980"})
    assert attacker.post(f"/signup/details/?role={role}", ADULT).status_code == 302
    return attacker, User.objects.get(email=OWNER)


def is_in(client: Client, user: User) -> bool:
    return client.get("/settings/").status_code == 200 and client.session.get("_auth_user_id") == str(user.pk)


def opens_with_password(login: str) -> bool:
    return browser().post("/accounts/login/", {"login": login, "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize("role", ["parent", "tutor"])
@pytest.mark.parametrize("proof", ["code", "link", "reset"])
def test_the_first_proof_ends_what_was_made_before_it(role: str, proof: str) -> None:
    attacker, account = made_in_advance(role)
    ticket = read_token(token_for(account, now()))
    assert ticket is not None
    owner = browser()
    prove(owner, proof)
    assert is_in(owner, account) is (proof == "code")
    assert EmailAddress.objects.get(user=account).verified
    assert not is_in(attacker, account)
    assert not opens_with_password(OWNER)
    assert not opens_with_password(account.username)
    account.refresh_from_db()
    viewer = viewer_profile_of(account)
    assert ticket.password_stamp not in viewer.password_stamps
    assert viewer.has_signed_out_since(ticket.issued_at)


def test_the_attack_of_the_report(committed: Committed) -> None:
    """A parent's account in advance, a child who names the address, the owner's code, consent, the old password."""
    with committed():  # trust and safety checks the sign-up
        attacker, account = made_in_advance()
    kid = child("Comet")
    path = f"/consent/{consent_token(consent_request(kid))}/"
    owner = browser()
    log_in_by_code(owner, OWNER)
    assert owner.post(path, {"kinds": ["coppa"]}).status_code == 302
    assert Guardianship.objects.get().parent == account
    answer = attacker.post(f"/family/{kid.pk}/password/", {"new_password": "stolen-horse-9", "own_password": PASSWORD})
    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/")  # type: ignore[attr-defined]
    kid.refresh_from_db()
    assert kid.check_password("correct-horse-9")


def test_the_session_that_set_the_password_keeps_it() -> None:
    client, account = made_in_advance()
    confirm_by_link(client, OWNER)
    assert is_in(client, account)
    assert opens_with_password(OWNER)


def test_a_session_by_password_alone_is_not_the_one_that_set_it() -> None:
    """A child who logs the parent's browser in to the account it made must not keep its password."""
    _, account = made_in_advance()
    family_computer = browser()
    family_computer.post("/accounts/login/", {"login": OWNER, "password": PASSWORD})
    assert is_in(family_computer, account)
    confirm_by_link(family_computer, OWNER)
    assert not opens_with_password(OWNER)


def test_an_unproven_parent_cannot_answer() -> None:
    _, account = made_in_advance()
    kid = child("Comet")
    waiting = consent_request(kid)
    with pytest.raises(ConsentRefused):
        give_consent(parent=account, child=kid, kind="coppa", method="password", ip_hash="", at=now())
    other = person("Mallory", age=40, role="parent", grade=None)
    page = browser(other).post(f"/consent/{consent_token(waiting)}/", {"kinds": ["coppa"]}).content.decode()
    assert "for another e-mail address" in page
    assert (Consent.objects.count(), Guardianship.objects.count()) == (0, 0)


def test_an_unproven_parent_has_no_child_and_staff_cannot_give_one() -> None:
    kid, dee = child("Comet"), person("Dee", age=40, role="parent", grade=None, is_proven=False)
    link = Guardianship(parent=dee, child=kid, created_at=now())
    with pytest.raises(ValidationError, match="not confirmed"):
        link.full_clean()
    link.save()  # as a script might
    assert family_of(dee, today(now())) == []
    assert browser(dee).get(f"/family/{kid.pk}/agree/").status_code == 404
    with pytest.raises(ConsentRefused):
        give_consent(parent=dee, child=kid, kind="coppa", method="password", ip_hash="", at=now())


def test_an_address_added_to_another_account_opens_nothing() -> None:
    """The attacker proves a mailbox of their own, adds the owner's, and waits for a code, a reset or a link."""
    mallory = person("Mallory", age=40, role="parent", grade=None)
    attacker = browser(mallory)
    attacker.post("/accounts/email/", {"action_add": "", "email": OWNER, "own_password": PASSWORD})
    owner = browser()
    confirm_by_link(owner, OWNER)
    assert not EmailAddress.objects.get(email=OWNER).verified
    owner.post("/accounts/login/code/", {"email": OWNER})
    owner.post("/accounts/login/code/confirm/", {"code": "AAAA-BBBB"})
    assert owner.session.get("_auth_user_id") is None
    assert owner.post("/accounts/password/reset/", {"email": OWNER}).status_code == 302
    mallory.refresh_from_db()
    assert mallory.email == ATTACKER


def test_the_proof_drops_other_addresses_that_the_account_claimed() -> None:
    attacker, account = made_in_advance()
    attacker.post("/accounts/email/", {"action_add": "", "email": ATTACKER, "own_password": PASSWORD})
    assert set(EmailAddress.objects.values_list("email", flat=True)) == {ATTACKER}
    confirm_by_link(attacker, ATTACKER)
    account.refresh_from_db()
    assert account.email == ATTACKER  # the account left the owner's address, which is free now


def test_the_owner_signs_up_beside_an_account_in_advance_and_takes_the_address() -> None:
    attacker, squatter = made_in_advance()
    cache.clear()  # days later: the pause between two confirmation mails is over
    owner = browser()
    owner.post("/signup/", {"month": "6", "day": "7", "year": str(datetime.now(UTC).year - 40)})
    assert owner.post("/signup/details/?role=parent", ADULT | {"password": "another-horse-7"}).status_code == 302
    mine = User.objects.exclude(pk=squatter.pk).get()
    confirm_by_link(owner, OWNER)
    squatter.refresh_from_db()
    mine.refresh_from_db()
    assert (mine.email, squatter.email) == (OWNER, None)
    assert list(EmailAddress.objects.values_list("user", "verified")) == [(mine.pk, True)]
    assert is_in(owner, mine)
    assert is_in(attacker, squatter)  # it keeps its account, which names nobody's mailbox any more


def prove(client: Client, proof: str) -> None:
    if proof == "code":
        log_in_by_code(client, OWNER)
    elif proof == "link":
        confirm_by_link(client, OWNER)
    else:
        reset_password(client, OWNER, "another-horse-7")


def claimed_by_two() -> tuple[User, User]:
    """The account that has the owner's address, and a later one that only claims it."""
    _, first = made_in_advance()
    cache.clear()  # days later: the pause between two confirmation mails is over
    owner = browser()
    owner.post("/signup/", {"month": "6", "day": "7", "year": "1980"})
    owner.post("/signup/details/?role=parent", ADULT | {"password": "another-horse-7"})
    return first, User.objects.exclude(pk=first.pk).get()


@pytest.mark.parametrize("proof", ["code", "link", "reset"])
def test_every_proof_ends_the_claims_of_other_accounts(proof: str) -> None:
    first, second = claimed_by_two()
    assert set(EmailAddress.objects.values_list("user", flat=True)) == {first.pk, second.pk}
    prove(browser(), proof)
    prover = second if proof == "link" else first  # the newest link is the second account's
    assert list(EmailAddress.objects.values_list("user", "verified", "primary")) == [(prover.pk, True, True)]
    assert list(User.objects.filter(email=OWNER)) == [prover]
    assert LoggedEvent.objects.filter(type="mailbox_verified").count() == 1


@pytest.mark.parametrize("proof", ["code", "link", "reset"])
def test_a_proof_that_cannot_be_announced_is_none(proof: str) -> None:
    """The database refuses the insert of the event, the last statement of a proof."""
    _, account = made_in_advance()
    before = account.password_stamp

    def away(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if "mailbox_verified" in str(params):
            raise OperationalError
        return execute(sql, params, many, context)

    with connection.execute_wrapper(away), pytest.raises(OperationalError):
        prove(browser(), proof)
    account.refresh_from_db()
    assert not EmailAddress.objects.filter(verified=True).exists()
    assert (account.password_stamp == before) is (proof != "reset")  # the new password was saved before


def test_of_two_accounts_one_proves_the_mailbox() -> None:
    first, second = claimed_by_two()
    mailboxes.prove(user=first, mailbox=OWNER, is_password_theirs=True, at=now())
    with pytest.raises(AlreadyProven):
        mailboxes.prove(user=second, mailbox=OWNER, is_password_theirs=True, at=now())
    with pytest.raises(AlreadyProven):
        mailboxes.prove(user=first, mailbox=OWNER, is_password_theirs=True, at=now())
    assert list(EmailAddress.objects.values_list("user", "verified")) == [(first.pk, True)]
    assert LoggedEvent.objects.filter(type="mailbox_verified").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_proofs_at_the_same_moment_one_counts() -> None:
    people = [person(name, age=40, role="parent", grade=None, is_proven=False) for name in ("Ada", "Bo", "Cy", "Dee")]
    for one in people:
        mailboxes.claim_mailbox(one, OWNER)

    def prove_as(number: int) -> bool:
        return mailboxes.prove(user=people[number], mailbox=OWNER, is_password_theirs=True, at=now())

    assert at_once(4, prove_as) == {False: 1, "AlreadyProven": 3}
    assert EmailAddress.objects.get(email=OWNER).verified
    assert User.objects.filter(email=OWNER).count() == 1
    assert LoggedEvent.objects.filter(type="mailbox_verified").count() == 1
