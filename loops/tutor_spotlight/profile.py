"""A tutor's public profile: first name, subjects and counts; never one family's words or rating."""

from dataclasses import dataclass
from datetime import datetime

from loops.models import Link
from viral_engine.accounts.queries import public_name_of
from viral_engine.learning.models import Subject
from viral_engine.learning.queries.tutoring import subjects_of, tutor_record

MIN_RATINGS = 3  # an average of fewer would reveal one family's rating


@dataclass(frozen=True, slots=True)
class TutorProfile:
    name: str
    subjects: list[Subject]
    sessions_taught: int
    ratings: int  # 0 while there are too few to show
    average: float

    @property
    def stars(self) -> int:
        """Whole stars to draw; 0 while ratings are too few."""
        return int(self.average + 0.5)

    @property
    def teaches(self) -> str:
        """ "Math", "Math and Science", "Math, Reading and Science"."""
        *first, last = (subject.name for subject in self.subjects)
        return f"{', '.join(first)} and {last}" if first else last


def tutor_profile(link: Link, at: datetime) -> TutorProfile:
    """Cost  2 queries."""
    name = public_name_of(link.referrer, at)
    record = tutor_record(link.referrer_id)
    is_rated = record.ratings >= MIN_RATINGS
    return TutorProfile(
        name=name if name == link.referrer.first_name else "Your tutor",
        subjects=subjects_of(link.referrer_id) or [link.spotlight.subject],
        sessions_taught=record.sessions_taught,
        ratings=record.ratings if is_rated else 0,
        average=record.average if is_rated else 0.0,
    )
