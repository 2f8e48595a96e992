from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.crypto import get_random_string
from django.utils.text import slugify

from viral_engine.accounts.events import AccountCreated
from viral_engine.accounts.models import ConsentRequest, Guest, Role, User
from viral_engine.accounts.rules import age_on, needs_consent, roles_open_to
from viral_engine.accounts.services.guests import adopt_guest
from viral_engine.accounts.services.mailboxes import claim_mailbox
from viral_engine.kernel.clock import today
from viral_engine.kernel.services import announce
from viral_engine.kernel.text.mailboxes import same_mailbox

CONSONANTS = "bcdfghjkmnpqrstvwxz"  # they spell no word and no number
CONSENT_WAIT = timedelta(days=7)  # then an account without consent is deleted
NAME_TAKEN = "This name is taken. Try another one."
SENT_TWICE = timedelta(minutes=10)  # a doubled press, or a form sent again after a lost answer


class SignUpRefused(Exception):
    """The account cannot be created; `field` is the form field to show the reason at."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUpDetails:
    """The data of a sign-up form. Under 13 it is username, grade and a parent's e-mail only."""

    role: str
    birthdate: date
    password: str
    username: str = ""  # generated from the first name for adults, who are not asked for one
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    grade: int | None = None
    parent_email: str = ""


def sign_up(*, person: SignUpDetails, guest: Guest | None, device: str, ip_hash: str, at: datetime) -> User:
    """Create an account that continues the guest's person, if there is a guest. A form sent twice makes one account.

    A child under 13 stays pending, with a consent request that is e-mailed to the parent. An e-mail address is only
    claimed: one that another account has is no reason to refuse, because the refusal would say that it has an account.

    Cost      5 statements; 2 more for a guest, 1 less under 13. One hashed password, also for a known address.
    Raises    SignUpRefused for a name that is taken, or a role not open to that age.
    Announces AccountCreated after commit.
    """
    if guest is not None and guest.user_id is not None:
        guest = None  # another person signed up in this browser and keeps the guest
    age = age_on(person.birthdate, today(at))
    if person.role not in roles_open_to(age):
        raise SignUpRefused("role", "Parents and tutors must be adults.")
    is_child = needs_consent(age)
    if is_child and not person.parent_email:
        raise SignUpRefused("parent_email", "Give us a parent's e-mail, so that we can ask them.")
    email = None if is_child else person.email or None
    # The slow part is done once, so that no lock waits for it and a known address takes no longer than an unknown one.
    join = partial(_join, person, guest, device, ip_hash, password=make_password(person.password), at=at)
    try:
        return join(email=email)
    except SignUpRefused as refusal:
        first = _made_just_now(person, ip_hash, at)
        if first is not None:
            return first
        if refusal.field != "email":
            raise
        return join(email=None)


@transaction.atomic
def _join(
    person: SignUpDetails,
    guest: Guest | None,
    device: str,
    ip_hash: str,
    *,
    email: str | None,
    password: str,
    at: datetime,
) -> User:
    """Insert the account with its claims and announce it; `password` is hashed."""
    is_child = needs_consent(age_on(person.birthdate, today(at)))
    user = _create(person, guest, device, ip_hash, email=email, password=password, is_child=is_child)
    if person.email and not is_child:
        claim_mailbox(user, person.email)
    if is_child:
        ConsentRequest.objects.create(
            child=user, parent_email=person.parent_email, created_at=at, expires_at=at + CONSENT_WAIT
        )
    announce(
        AccountCreated(
            actor_id=user.pk,
            guest_id=str(guest.pk) if guest else "",
            link_code=guest.link_code if guest else "",
            role=user.role,
        ),
        at=at,
    )
    return user


def _made_just_now(person: SignUpDetails, ip_hash: str, at: datetime) -> User | None:
    """The account that this very form made a moment ago: same name, birthdate, role, network and password.

    Cost  1 query and one hashed password, which only an account of the last minutes reaches.
    """
    claimed = EmailAddress.objects.filter(email=same_mailbox(person.email)).values("user")
    named = User.objects.named(person.username) if person.username else User.objects.filter(pk__in=claimed)
    same = named.filter(
        role=person.role, birthdate=person.birthdate, signup_ip_hash=ip_hash, date_joined__gt=at - SENT_TWICE
    )
    user = same.order_by("pk").first()
    return user if user is not None and user.check_password(person.password) else None


def _create(
    person: SignUpDetails,
    guest: Guest | None,
    device: str,
    ip_hash: str,
    *,
    email: str | None,
    password: str,
    is_child: bool,
) -> User:
    # A child shares nothing before a parent's consent, which switches sharing on (services/consent.py).
    switches = dict.fromkeys(User.PREFERENCES, False) if is_child else {}
    user = User(
        **switches,
        username=person.username or f"{slugify(person.first_name) or 'user'}-{get_random_string(8, CONSONANTS)}",
        # Store nothing that identifies a child before a parent consents, whatever the form sent.
        first_name="" if is_child else person.first_name,
        last_name="" if is_child else person.last_name,
        email=email,
        password=password,
        role=person.role,
        birthdate=person.birthdate,
        grade=person.grade if person.role == Role.STUDENT else None,
        signup_device=device,
        signup_ip_hash=ip_hash,
    )
    if guest is not None:
        user.person_id = guest.pk
    _insert(user)
    if guest is not None:
        adopt_guest(guest=guest, user=user)
    return user


def _insert(user: User) -> None:
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        if User.objects.named(user.username).exists():
            raise SignUpRefused("username", NAME_TAKEN) from error
        raise SignUpRefused("email", "Another account has this e-mail.") from error  # caught above: nobody reads it
