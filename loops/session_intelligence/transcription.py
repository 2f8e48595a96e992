"""Turn a recording into a transcript with a provider of one's choice.

A provider is an object with one method. The adapter that ships speaks the widespread `POST /audio/transcriptions` of
OpenAI-compatible servers, hosted ones and one's own (whisper.cpp, faster-whisper, LocalAI):

    TRANSCRIPTION_URL=http://127.0.0.1:9000/v1/audio/transcriptions
    TRANSCRIPTION_API_KEY=...      TRANSCRIPTION_MODEL=whisper-1

The recording is never stored here: it goes to the provider from memory, and only the text is kept.
"""

from datetime import datetime
from typing import Protocol

import httpx
from django.conf import settings

from loops.session_intelligence.services.summarizing import may_send_to_provider
from viral_engine.accounts.models import User
from viral_engine.kernel.outbound.gate import OutboundRefused, http_client
from viral_engine.learning.rules import transcripts
from viral_engine.learning.rules.cues import NotATranscript, read_cues

MAX_AUDIO_BYTES = 25 * 1024 * 1024
CONNECT_S, TOTAL_S = 3.0, 300.0


class TranscriptionRefused(Exception):
    """The recording may not be sent, or gave no transcript; the message is for the tutor."""


class Transcriber(Protocol):
    """A provider of transcription."""

    def transcribe(self, audio: bytes, *, content_type: str, language: str) -> str:
        """The transcript as WebVTT. Raises  TranscriptionRefused."""


class HttpTranscriber:
    """An OpenAI-compatible server."""

    def transcribe(self, audio: bytes, *, content_type: str, language: str) -> str:
        try:
            with http_client(timeout=httpx.Timeout(TOTAL_S, connect=CONNECT_S)) as client:
                reply = client.post(
                    settings.TRANSCRIPTION_URL,
                    headers={"Authorization": f"Bearer {settings.TRANSCRIPTION_API_KEY}"},
                    data={"model": settings.TRANSCRIPTION_MODEL, "response_format": "vtt", "language": language},
                    files={"file": ("recording", audio, content_type)},
                )
            reply.raise_for_status()
        except (httpx.HTTPError, OutboundRefused) as error:
            raise TranscriptionRefused("The recording could not be transcribed now. Try again later.") from error
        return reply.text


def transcribe_recording(
    audio: bytes, *, student: User, content_type: str, at: datetime, transcriber: Transcriber | None = None
) -> str:
    """The transcript of a recording, ready for the session's form.

    Cost    1 query for a minor, and the provider's time.
    Raises  TranscriptionRefused without a provider, a consent to third parties or speech, and over 25 MB.
    """
    if not settings.TRANSCRIPTION_URL:
        raise TranscriptionRefused("No transcription service is set up. Upload a transcript instead.")
    if not student.transcription or not may_send_to_provider(student, at):
        raise TranscriptionRefused("The family has not agreed that a recording goes to a transcription service.")
    if len(audio) > MAX_AUDIO_BYTES:
        raise TranscriptionRefused("This recording is larger than 25 MB. Upload a transcript instead.")
    found = (transcriber or HttpTranscriber()).transcribe(audio, content_type=content_type, language=student.language)
    text = transcripts.tidy(found)
    if len(text.encode()) > transcripts.MAX_BYTES:
        raise TranscriptionRefused("The transcript is larger than 2 MB.")
    try:
        read_cues(text, transcripts.kind_of(text))
    except NotATranscript as reason:
        raise TranscriptionRefused(str(reason)) from reason
    return text
