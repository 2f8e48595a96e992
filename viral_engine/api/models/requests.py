from django.db import models

from viral_engine.api.models.keys import SHA256_HEX, ApiProgram


class IdempotentRequest(models.Model):
    """A request that a program may repeat: its answer, by the program's own key.

    The row is inserted before the work, in the work's transaction. So a repeated request waits for the first one, and a
    request that failed leaves nothing behind.
    """

    program = models.ForeignKey(ApiProgram, on_delete=models.CASCADE, related_name="requests")
    key = models.CharField(max_length=80)
    request_hash = models.CharField(max_length=SHA256_HEX, help_text="Of the method, the path and the body.")
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(default="", help_text="JSON.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("program", "key", name="api_request_once_per_key")]
        indexes = [models.Index("created_at", name="api_request_created")]  # for the purge

    def __str__(self) -> str:
        return f"{self.key} of program {self.program_id}"
