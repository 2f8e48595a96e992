"""Write the simulated school into the real tables, without the services; for a scratch database only."""

from datetime import date, timedelta

from django.contrib.auth.hashers import make_password

from loops.models import Credit, Link, Loop, Referral, RewardEntry, Touch
from loops.rules.credit import MODELS, WHOLE_BASIS_POINTS
from tests.simulated_school.generator import Behavior, SimulatedPerson, SimulatedSchool
from viral_engine.accounts.models import Guest, User
from viral_engine.kernel.clock import today
from viral_engine.kernel.models import Decision, LoggedEvent

AT_ONCE = 1000


def write_school(story: SimulatedSchool, loops: tuple[Behavior, ...]) -> None:
    """Insert all rows of the school; no event is announced, so no listener runs."""
    for loop in loops:
        Loop.objects.get_or_create(
            name=loop.name, defaults={"title": loop.title, "expected_k": loop.k, "cooldown_s": 3600, "min_score": 60}
        )
    password = make_password(None)
    User.objects.bulk_create([_user(one, password) for one in story.people], AT_ONCE)
    Guest.objects.bulk_create([Guest(**row) for row in story.guests], AT_ONCE)
    Link.objects.bulk_create([Link(**row) for row in story.links], AT_ONCE)
    links = dict(Link.objects.values_list("code", "pk"))
    Touch.objects.bulk_create(
        [
            Touch(
                link_id=links[row["code"]],
                visitor=row["visitor"],
                channel=row["channel"],
                clicked_at=row["clicked_at"],
                clicked_on=today(row["clicked_at"]),
            )
            for row in story.touches
        ],
        AT_ONCE,
    )
    touches = dict(Touch.objects.values_list("visitor", "pk"))
    Referral.objects.bulk_create(
        [
            Referral(
                referee_id=row["referee_id"],
                referrer_id=row["referrer_id"],
                link_id=links[row["code"]],
                touch_id=touches[row["visitor"]],
                generation=row["generation"],
                attributed_at=row["attributed_at"],
            )
            for row in story.referrals
        ],
        AT_ONCE,
    )
    _credit_every_model()
    RewardEntry.objects.bulk_create(
        [RewardEntry(**row, cause="grant", left=row["amount"]) for row in story.rewards], AT_ONCE
    )
    Decision.objects.bulk_create([Decision(**row) for row in story.decisions], AT_ONCE)
    LoggedEvent.objects.bulk_create([LoggedEvent(**row) for row in story.events], AT_ONCE)


def _credit_every_model() -> None:
    """Every person clicked one link, so every model gives it the whole sign-up."""
    whole = [
        Credit(referral=referral, touch_id=referral.touch_id, model=model, basis_points=WHOLE_BASIS_POINTS)
        for referral in Referral.objects.filter(credits=None)
        for model in MODELS
    ]
    Credit.objects.bulk_create(whole, AT_ONCE)


def _user(one: SimulatedPerson, password: str) -> User:
    age = timedelta(days=365 * (14 if one.role == "student" else 40))
    born: date = today(one.joined_at - age)
    return User(
        pk=one.id,
        person_id=one.person_id,
        username=f"sim-{one.id}",
        password=password,
        role=one.role,
        birthdate=born,
        grade=8 if one.role == "student" else None,
        date_joined=one.joined_at,
    )
