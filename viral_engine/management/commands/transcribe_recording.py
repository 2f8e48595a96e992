from argparse import ArgumentParser
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from loops.session_intelligence.transcription import TranscriptionRefused, transcribe_recording
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now


class Command(BaseCommand):
    help = "Print the WebVTT transcript of a recording of a student's session, for the tutor to upload."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("student", help="username")
        parser.add_argument("recording", type=Path)

    def handle(self, *_: Any, student: str, recording: Path, **__: Any) -> None:
        person = User.objects.named(student).first()
        if person is None:
            raise CommandError("There is no such student.")
        kind = guess_type(recording.name)[0] or "application/octet-stream"
        try:
            text = transcribe_recording(recording.read_bytes(), student=person, content_type=kind, at=now())
        except TranscriptionRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(text)
