"""The board of a rally: the starter's result, the cohort's best in seven days, and those of friends who joined.

A rally is about twenty questions of a whole subject, so five questions of one skill do not count.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Max, Min

from loops.results_rally.models import Rally
from loops.results_rally.rules import RALLY_WINDOW, RallyScore, ranking
from viral_engine.accounts.models import Consent, Role
from viral_engine.accounts.rules import age_on, needs_consent
from viral_engine.kernel import clock
from viral_engine.learning.models import Result
from viral_engine.learning.models.attempt import SUBJECT_KINDS

USER = "attempt__user"
WHO = (f"{USER}_id", f"{USER}__person_id", f"{USER}__birthdate", "attempt__kind")
SEEN = {"feed_visible": True, "is_active": True, "blocked_at": None, "is_simulated": False}


@dataclass(frozen=True, slots=True)
class RallyBoard:
    """Places without names; the page decides which names its reader may see."""

    places: tuple[RallyScore, ...]
    starter: str  # key
    joined: int  # people who came through the link and finished, including hidden ones

    @property
    def size(self) -> int:
        return len(self.places)

    def rank_of(self, key: str) -> int | None:
        return next((rank for rank, one in enumerate(self.places, start=1) if one.key == key), None)

    @property
    def starter_rank(self) -> int:
        return self.rank_of(self.starter) or 1  # the starter is always on it


def rally_board(rally: Rally, at: datetime) -> RallyBoard:
    """Rank the players; hidden members, and children under 13 without consent, are left out.

    The starter's place is that of the result which started the rally, as the landing and the link's copy say.

    Cost  2 queries, 1 more when a player may be under 13; whatever the size of the cohort.
    """
    referrer = rally.link.referrer
    joined = _referees(rally)
    rows = _without_children([*_cohort(rally, at), *filter(_is_seen, joined)], clock.today(at))
    starter = RallyScore(str(referrer.person_id), rally.score, rally.created_at, rally.kind)
    return RallyBoard(ranking([starter, *map(_runner, rows)]), starter.key, len(joined))


def _cohort(rally: Rally, at: datetime) -> list[dict[str, Any]]:
    if rally.cohort_id is None:
        return []
    recent = Result.objects.all().shown_in_cohort(rally.cohort_id, since=at - RALLY_WINDOW)
    others = recent.filter(subject=rally.subject_id, attempt__kind__in=SUBJECT_KINDS).exclude(
        **{USER: rally.link.referrer_id}
    )
    learners = others.filter(**{f"{USER}__role": Role.STUDENT, f"{USER}__is_simulated": False})
    return list(learners.order_by().values(*WHO).annotate(best=Max("score"), since=Min("finished_at")))


def _referees(rally: Rally) -> list[dict[str, Any]]:
    came = rally.entries.filter(attempt__finished_at__isnull=False).annotate(
        best=F("attempt__result__score"), since=F("attempt__finished_at")
    )
    return list(came.values(*WHO, *(f"{USER}__{name}" for name in SEEN), "attempt__guest_id", "best", "since"))


def _is_seen(row: dict[str, Any]) -> bool:
    """Guests are shown without a name; members by their settings."""
    is_guest = row[f"{USER}_id"] is None
    return is_guest or all(row[f"{USER}__{name}"] == wanted for name, wanted in SEEN.items())


def _runner(row: dict[str, Any]) -> RallyScore:
    key = str(row[f"{USER}__person_id"] or row["attempt__guest_id"])
    return RallyScore(key, row["best"], row["since"], row["attempt__kind"])


def _without_children(rows: list[dict[str, Any]], today: date) -> list[dict[str, Any]]:
    """Guests stay: their age is unknown, and a row shows only their score."""
    young = {row[f"{USER}_id"] for row in rows if row[f"{USER}_id"] and _is_young(row[f"{USER}__birthdate"], today)}
    hidden = young - Consent.objects.all().with_disclosure_consent(young)
    return [row for row in rows if row[f"{USER}_id"] not in hidden]


def _is_young(birthdate: date | None, today: date) -> bool:
    return needs_consent(None if birthdate is None else age_on(birthdate, today))
