"""Facts about one person: results, decisions, rewards."""

from ninja import Router

from loops.models import RewardEntry
from viral_engine.api.auth import ApiRequest, KeyWith
from viral_engine.api.paging import page_of, page_of_results
from viral_engine.api.queries import person_of
from viral_engine.api.routes.params import Cursor, Key, Limit
from viral_engine.api.schemas.base import shown
from viral_engine.api.schemas.reads import (
    DecisionList,
    DecisionReply,
    ResultList,
    ResultReply,
    RewardList,
    RewardReply,
)
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision
from viral_engine.learning.models import Result

router = Router(tags=["Facts about a person"])


@router.get("/people/{external_id}/results", auth=KeyWith("results:read"), response=ResultList)
def list_results(request: ApiRequest, external_id: Key, cursor: Cursor = None, limit: Limit = 50) -> ResultList:
    """List a person's results, oldest first."""
    user = person_of(request.auth.program, external_id, now())
    rows = Result.objects.of(user.pk).select_related("attempt", "subject", "skill")
    found, after = page_of_results(rows, cursor=cursor, limit=limit)
    return ResultList(results=[_result(one) for one in found], next_cursor=after)


def _result(one: Result) -> ResultReply:
    return ResultReply(
        id=str(one.pk),
        kind=one.attempt.kind,
        subject=one.subject.slug,
        skill=one.skill.slug if one.skill is not None else None,
        score=one.score,
        correct=one.correct,
        total=one.total,
        duration_s=one.duration_s,
        xp=one.xp,
        finished_at=one.finished_at.isoformat(),
    )


@router.get("/people/{external_id}/decisions", auth=KeyWith("decisions:read"), response=DecisionList)
def list_decisions(request: ApiRequest, external_id: Key, cursor: Cursor = None, limit: Limit = 50) -> DecisionList:
    """List what agents decided about a person, and why, oldest first. Decisions are kept for 90 days."""
    user = person_of(request.auth.program, external_id, now())
    found, after = page_of(Decision.objects.filter(actor_id=user.pk), cursor=cursor, limit=limit)
    return DecisionList(decisions=[decision_reply(one) for one in found], next_cursor=after)


def decision_reply(one: Decision) -> DecisionReply:
    return DecisionReply(
        id=one.pk,
        agent=one.agent,
        type=one.type,
        outcome=one.outcome,
        rationale=one.rationale,
        alternatives=one.alternatives,
        is_degraded=one.is_degraded,
        latency_ms=one.latency_ms,
        decided_at=one.decided_at.isoformat(),
    )


@router.get("/people/{external_id}/rewards", auth=KeyWith("rewards:read"), response=RewardList)
def list_rewards(request: ApiRequest, external_id: Key, cursor: Cursor = None, limit: Limit = 50) -> RewardList:
    """List a person's ledger, oldest first, with what can be spent now and what is on hold."""
    at = now()
    user = person_of(request.auth.program, external_id, at)
    found, after = page_of(RewardEntry.objects.all().of(user.pk), cursor=cursor, limit=limit)
    return RewardList(
        balances=RewardEntry.objects.all().holdings(user.pk, at),
        held=RewardEntry.objects.all().held(user.pk),
        rewards=[reward_reply(one) for one in found],
        next_cursor=after,
    )


def reward_reply(one: RewardEntry) -> RewardReply:
    return RewardReply(
        id=one.pk,
        kind=one.kind,
        cause=one.cause,
        amount=one.amount,
        left=one.left,
        reason=one.reason,
        loop=one.loop,
        at=one.at.isoformat(),
        expires_at=shown(one.expires_at),
        is_held=one.held_at is not None,
    )
