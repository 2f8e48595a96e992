from django.conf import settings
from django.db import models

from viral_engine.kernel.hiding import NotShared
from viral_engine.learning.models import Answer


class QuestionHelp(models.Model):
    """The helper's explanation of one answered question, paid with one AI-tutor minute."""

    shared = NotShared("help the learner asked for")

    answer = models.OneToOneField(Answer, on_delete=models.CASCADE, related_name="question_help")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="question_helps")
    steps = models.JSONField(help_text="Short paragraphs, in order.")
    given_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "question helps"

    def __str__(self) -> str:
        return f"help with {self.answer_id}"
