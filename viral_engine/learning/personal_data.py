"""Personal-data policies of attempts, results and tutoring sessions."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from viral_engine.kernel.privacy.policies import Blank, Call, Delete, Keep, PersonPath, Purge, declare
from viral_engine.kernel.privacy.retention import RETENTION
from viral_engine.learning.models import (
    Achievement,
    Answer,
    Attempt,
    Deck,
    DeckQuestion,
    Progress,
    Question,
    Result,
    Skill,
    Subject,
    TutoringSession,
    TutorStudent,
)
from viral_engine.learning.services.transcripts import forget_parent

NUMBERS = Keep("Numbers without a name: totals, boards and the attempts of friends still add up.")

declare(Subject, retention="content", codes="slug name", reason="A school subject.")
declare(Skill, retention="content", codes="slug name", reason="A skill of a subject.")
declare(
    Question,
    retention="content",
    codes="key passage prompt choices explanation parts accepts hints steps",
    reason="A question of the bank.",
)
declare(Deck, retention="content", reason="Chosen questions.")
declare(DeckQuestion, retention="content", reason="A question of a deck.")
declare(Achievement, retention="learning", people=(PersonPath("user", NUMBERS),))
declare(
    Attempt,
    retention="learning",
    people=(PersonPath("user", NUMBERS), PersonPath("guest__user", NUMBERS)),
    codes="link_code",
)
declare(
    Answer,
    retention="learning",
    people=(PersonPath("attempt__user", Blank.to(response="")),),
    words={"response": "attempt__user"},
)
declare(Result, retention="learning", people=(PersonPath("attempt__user", NUMBERS),))
declare(Progress, retention="learning", people=(PersonPath("user", NUMBERS),))
declare(TutorStudent, retention="learning", people=(PersonPath("tutor", Delete()), PersonPath("student", Delete())))


COURSE_AND_MONTH = RETENTION["summaries"].period or timedelta()


def _is_of_ended_course(at: datetime) -> Q:
    """Sessions whose tutor and student have not met for 120 days: the 90 of a course, and 30 more."""
    later = TutoringSession.objects.filter(
        tutor=OuterRef("tutor"), student=OuterRef("student"), completed_at__gte=at - COURSE_AND_MONTH
    )
    return ~Q(Exists(later))


FORGOTTEN = Blank.to(transcript="", feedback="", summary={})
declare(
    TutoringSession,
    retention="learning",
    people=(
        PersonPath("student", FORGOTTEN),
        PersonPath("tutor", FORGOTTEN),
        PersonPath("parent", Call(forget_parent)),
    ),
    words={"summary": "student"},
    hidden="transcript feedback",  # two people speak in a transcript, and a parent may have written the feedback
    purges={
        "transcripts": Purge("completed_at", blank={"transcript": ""}),
        "summaries": Purge("completed_at", only=_is_of_ended_course, blank={"summary": {}}),
    },
)
