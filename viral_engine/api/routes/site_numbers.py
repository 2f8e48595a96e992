"""Boards, experiments and growth: numbers of the whole site."""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from ninja import Path, Query, Router
from pydantic import Field

from experiments.exports import results_json
from experiments.services.assignment import Variant
from experiments.services.exposure import log_exposures
from experiments.services.phase_cache import UnknownExperiment
from experiments.services.results import get_results
from leaderboards.queries import period_of, top_of
from leaderboards.rules import Board
from loops.core.experiment_adapter import arms_for
from loops.rules.k_factor import TARGET, KFactor
from monitoring.growth.queries import k_estimates
from monitoring.growth.rules.counting import day_of
from monitoring.growth.rules.filters import DashboardFilter
from monitoring.models import GrowthCount
from viral_engine.accounts.models import User
from viral_engine.api.auth import ApiRequest, KeyWith
from viral_engine.api.models import ApiProgram, ExternalPerson
from viral_engine.api.problems import Refusal
from viral_engine.api.queries import person_of
from viral_engine.api.routes.params import Key, Name
from viral_engine.api.schemas.base import ExternalId
from viral_engine.api.schemas.reads import (
    CountReply,
    CountsReply,
    ExperimentReply,
    GrowthReply,
    KReply,
    PlaceReply,
    StandingsReply,
    VariantReply,
)
from viral_engine.api.services.people import cohort_of
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Subject

router = Router(tags=["Boards, experiments, growth"])
MAX_DAYS = 92
Measure = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
ExperimentKey = Annotated[str, Path(pattern=r"^[a-z0-9_-]{1,60}$")]


# -- Boards ----------------------------------------------------------------------------------------------
@router.get("/standings/{subject}", auth=KeyWith("standings:read"), response=StandingsReply)
def get_standings(
    request: ApiRequest,
    subject: Name,
    period: Literal["week", "all"] = "week",
    metric: Literal["xp", "average", "improvement"] = "xp",
    cohort: Annotated[ExternalId | None, Query()] = None,
) -> StandingsReply:
    """Read the first ten of a board, as the page shows them: on a board of strangers a minor has no name."""
    program, at = request.auth.program, now()
    found = Subject.objects.filter(slug=subject).first()
    if found is None:
        raise Refusal(404, "not_found")
    cohort_id = cohort_of(program, cohort).pk if cohort is not None else None
    rows = top_of(Board(found.pk, period_of(period, at), metric, cohort_id=cohort_id))
    ids = _external_ids(program, [row.user_id for row in rows if row.user_id is not None])
    places = [
        PlaceReply(rank=row.rank, name=row.name, value=row.value, external_id=ids.get(row.user_id or 0)) for row in rows
    ]
    return StandingsReply(subject=subject, cohort=cohort, period=period, metric=metric, places=places)


def _external_ids(program: ApiProgram, users: list[int]) -> dict[int, str]:
    return dict(ExternalPerson.objects.filter(program=program, user__in=users).values_list("user_id", "external_id"))


# -- Experiments -----------------------------------------------------------------------------------------
@router.get("/people/{external_id}/experiments/{experiment}", auth=KeyWith("experiments:read"), response=VariantReply)
def get_variant(request: ApiRequest, external_id: Key, experiment: ExperimentKey) -> VariantReply:
    """Read a person's variant, the same as on the site. It counts no exposure; `POST .../exposure` does."""
    at = now()
    return variant_reply(person_of(request.auth.program, external_id, at), experiment)


def _arm(user: User, experiment: str) -> Variant:
    return arms_for(user, [experiment], now()).value[experiment]


def variant_reply(user: User, experiment: str) -> VariantReply:
    variant = _arm(user, experiment)
    return VariantReply(experiment=experiment, arm=variant.arm, params=variant.params, is_enrolled=variant.is_enrolled)


@router.post(
    "/people/{external_id}/experiments/{experiment}/exposure",
    auth=KeyWith("events:write"),
    response=VariantReply,
)
def expose_variant(request: ApiRequest, external_id: Key, experiment: ExperimentKey) -> VariantReply:
    """Count that the person has now seen their variant, once, and return it."""
    at = now()
    user = person_of(request.auth.program, external_id, at)
    log_exposures([_arm(user, experiment)], at, person=str(user.person_id))
    return variant_reply(user, experiment)


@router.get("/experiments/{experiment}", auth=KeyWith("experiments:read"), response=ExperimentReply)
def get_experiment(request: ApiRequest, experiment: ExperimentKey) -> ExperimentReply:  # noqa: ARG001  (Ninja's signature)
    """Read the results of the latest phase: the numbers of the results page, under the same rules for peeking."""
    return experiment_reply(experiment, now())


def experiment_reply(experiment: str, at: datetime) -> ExperimentReply:
    """Raises  Refusal, 404."""
    try:
        found = results_json(get_results(experiment, at=at), at)
    except UnknownExperiment as error:
        raise Refusal(404, "not_found") from error
    return ExperimentReply(
        experiment=experiment, phase=found["phase"], state=found["state"], verdict=found["verdict"], results=found
    )


# -- Growth ----------------------------------------------------------------------------------------------
@router.get("/growth/k", auth=KeyWith("growth:read"), response=GrowthReply)
def get_k(
    request: ApiRequest,  # noqa: ARG001  (Ninja's signature)
    days: Annotated[int, Query(ge=1, le=MAX_DAYS)] = 7,
    cohort: Literal["mature", "latest"] = "mature",
) -> GrowthReply:
    """Read K by loop with its 95% interval, of people first shown a loop in these days; "" is all loops."""
    return growth_of(days=days, cohort=cohort, at=now())


def growth_of(*, days: int, cohort: str, at: datetime) -> GrowthReply:
    today = day_of(at)
    choice = DashboardFilter(days=days, cohort=cohort)
    since, until = choice.cohorts(today)
    found = k_estimates.k_by_loop(k_estimates.cohort_rows(choice, today), choice)
    loops = [_k(loop, one, k_estimates.read_out_of(one, choice, today).word) for loop, one in sorted(found.items())]
    return GrowthReply(since=since.isoformat(), until=until.isoformat(), target=TARGET, loops=loops)


def _k(loop: str, found: KFactor, read_out: str) -> KReply:
    return KReply(
        loop=loop,
        exposed=found.fvm.people,
        invites_per_referrer=found.invites_per_referrer,
        referees_per_invite=found.referees_per_invite,
        k=found.fvm.value,
        low=found.fvm.low,
        high=found.fvm.high,
        k_by_sign_up=found.sign_up.value,
        read_out=read_out,
    )


@router.get("/growth/counts", auth=KeyWith("growth:read"), response=CountsReply)
def get_counts(
    request: ApiRequest,  # noqa: ARG001  (Ninja's signature)
    measure: Annotated[list[Measure], Query(min_length=1, max_length=10)],
    since: date,
    until: date,
) -> CountsReply:
    """Read daily sums of measures (`active`, `joined`, `invite_sent`...) by loop, for 92 days at most."""
    if not timedelta(0) <= until - since <= timedelta(days=MAX_DAYS):
        raise Refusal(422, "invalid", f"Ask for 1 to {MAX_DAYS} days.")
    rows = GrowthCount.objects.all().of(measure, since=since, until=until).summed("on", "measure", "loop")
    rows.sort(key=lambda row: (row["on"], row["measure"], row["loop"]))
    return CountsReply(
        counts=[
            CountReply(on=row["on"].isoformat(), measure=row["measure"], loop=row["loop"], amount=row["total"])
            for row in rows
        ]
    )
