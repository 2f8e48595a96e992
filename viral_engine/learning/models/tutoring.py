from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from viral_engine.accounts.models import Guardianship, Role, User
from viral_engine.kernel.encryption import EncryptedTextField
from viral_engine.kernel.hiding import NotShared
from viral_engine.learning.models.catalogue import Subject


class TutorStudent(models.Model):
    """A tutor teaches a learner. Only staff create the pair, because tutors see names and log transcripts."""

    shared = NotShared("read by the two and staff")

    tutor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, limit_choices_to={"role": Role.TUTOR}, related_name="pupils"
    )
    student = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        limit_choices_to={"role": Role.STUDENT},
        related_name="tutors",
    )
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "tutor's student"
        constraints = [
            models.UniqueConstraint("tutor", "student", name="tutor_student_once"),
            models.CheckConstraint(condition=~Q(tutor=F("student")), name="tutor_student_are_two"),
        ]

    def __str__(self) -> str:
        return f"tutor {self.tutor_id} of student {self.student_id}"  # ids: the admin log outlives accounts


class TutoringSessionQuerySet(models.QuerySet["TutoringSession"]):
    def visible_to(self, person: User) -> Self:
        """Sessions of this tutor, this student, or this parent's children."""
        if person.role == Role.TUTOR:
            return self.filter(tutor=person)
        if person.role == Role.PARENT:
            return self.filter(student__in=Guardianship.objects.proven().filter(parent=person).values("child"))
        return self.filter(student=person)

    def with_transcript(self) -> Self:
        return self.exclude(transcript="")

    def completed_before(self, instant: datetime) -> Self:
        return self.filter(completed_at__lt=instant)


class TutoringSession(models.Model):
    """One tutoring session, logged by the tutor afterwards and rated by the student or a parent."""

    shared = NotShared("read by tutor, student and parents")

    RATING_CHANGEABLE_FOR = timedelta(hours=24)
    MAX_MINUTES = 480

    class TranscriptKind(models.TextChoices):
        VTT = "vtt", "WebVTT"
        SRT = "srt", "SubRip"
        PLAIN = "plain", "Plain text"

    tutor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sessions_given")
    student = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sessions_taken")
    parent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="sessions")
    started_at = models.DateTimeField()
    duration_min = models.PositiveSmallIntegerField()
    completed_at = models.DateTimeField()
    transcript_kind = models.CharField(max_length=5, choices=TranscriptKind, blank=True, default="")
    transcript = EncryptedTextField(blank=True, default="")
    rating = models.PositiveSmallIntegerField(null=True, blank=True)
    rated_at = models.DateTimeField(null=True, blank=True, help_text="When it was first rated.")
    feedback = models.TextField(blank=True, default="")
    processed_at = models.DateTimeField(null=True, blank=True, help_text="When its summary was written.")
    summary = models.JSONField(default=dict, blank=True)

    objects = TutoringSessionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("tutor", "student", "started_at", name="session_logged_once"),
            models.CheckConstraint(condition=~Q(tutor=F("student")), name="session_of_two_people"),
            models.CheckConstraint(condition=Q(duration_min__range=(1, 480)), name="session_of_1_to_480_minutes"),
            models.CheckConstraint(condition=Q(completed_at__gt=F("started_at")), name="session_ends_after_start"),
            models.CheckConstraint(
                condition=Q(transcript="") | ~Q(transcript_kind=""), name="session_transcript_of_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(rating=None, rated_at=None, feedback="")
                | Q(
                    rating__isnull=False, rating__range=(1, 5), rated_at__isnull=False, rated_at__gte=F("completed_at")
                ),
                name="session_rating_whole_or_none",
            ),
            models.CheckConstraint(
                condition=Q(processed_at=None) | Q(processed_at__gte=F("completed_at")),
                name="session_processed_after_it_ended",
            ),
        ]
        indexes = [
            models.Index(fields=["tutor", "-started_at"], name="session_tutor_newest"),
            models.Index(fields=["student", "-started_at"], name="session_student_newest"),
            models.Index("completed_at", name="session_transcript_age", condition=~Q(transcript="")),
            models.Index("completed_at", name="session_to_process", condition=Q(processed_at=None)),
        ]

    def __str__(self) -> str:
        return f"session {self.pk}"

    def rating_is_open(self, at: datetime) -> bool:
        """Whether the session can be rated, or its rating can still be changed."""
        return self.rated_at is None or at < self.rated_at + self.RATING_CHANGEABLE_FOR
