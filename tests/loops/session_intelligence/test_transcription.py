"""Transcription of a recording, against a local server that speaks the protocol."""

import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pytest_django import Settings

from loops.session_intelligence.transcription import TranscriptionRefused, transcribe_recording
from tests.factories import parent_of, person
from tests.learning.sessions import VTT
from viral_engine.accounts.models import User
from viral_engine.accounts.services import consent

pytestmark = pytest.mark.django_db
AUDIO = b"RIFF....WAVE made up"


class Whisper:
    """The requests of a server and its answers."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, bytes]] = []
        self.status, self.body = 200, VTT.encode()


@pytest.fixture
def whisper(settings: Settings) -> Iterator[Whisper]:
    mind = Whisper()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            mind.requests.append((self.headers["Authorization"], body))
            self.send_response(mind.status)
            self.end_headers()
            self.wfile.write(mind.body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    settings.TRANSCRIPTION_URL = f"http://127.0.0.1:{server.server_port}/v1/audio/transcriptions"
    settings.TRANSCRIPTION_API_KEY = "key-of-a-test"
    yield mind
    server.shutdown()
    server.server_close()


@pytest.fixture
def ada(at: datetime) -> User:
    ada = person("Ada", at=at)
    grace = parent_of(ada, at=at)
    consent.give_consent(parent=grace, child=ada, kind="third_party", method="email_plus", ip_hash="", at=at)
    return ada


def text_of(ada: User, at: datetime, audio: bytes = AUDIO) -> str:
    return transcribe_recording(audio, student=ada, content_type="audio/wav", at=at)


def test_a_recording_becomes_webvtt(whisper: Whisper, ada: User, at: datetime) -> None:
    assert text_of(ada, at) == VTT
    [(authorization, body)] = whisper.requests
    assert authorization == "Bearer key-of-a-test"
    assert AUDIO in body
    assert b'name="response_format"\r\n\r\nvtt' in body
    assert b"Ada" not in body  # neither a name nor a file name


def test_nothing_is_sent_without_consent_or_preference(whisper: Whisper, ada: User, at: datetime) -> None:
    for student in (person("Bo", at=at), person("Cy", at=at, age=30)):
        with pytest.raises(TranscriptionRefused, match="has not agreed"):
            text_of(student, at)
    ada.transcription = False
    with pytest.raises(TranscriptionRefused, match="has not agreed"):
        text_of(ada, at)
    assert whisper.requests == []


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (500, b"", "Try again later"),
        (200, b"", "Nobody says anything"),
        (200, b"<html>busy</html>", "not a transcript"),
    ],
)
def test_a_bad_answer_is_explained(
    whisper: Whisper, ada: User, at: datetime, status: int, body: bytes, reason: str
) -> None:
    whisper.status, whisper.body = status, body
    with pytest.raises(TranscriptionRefused, match=reason):
        text_of(ada, at)


def test_no_service_and_a_recording_that_is_too_large(
    whisper: Whisper, ada: User, at: datetime, settings: Settings
) -> None:
    with pytest.raises(TranscriptionRefused, match="larger than 25 MB"):
        text_of(ada, at, b"x" * (25 * 1024 * 1024 + 1))
    settings.TRANSCRIPTION_URL = ""
    with pytest.raises(TranscriptionRefused, match="No transcription service"):
        text_of(ada, at)
    assert whisper.requests == []
