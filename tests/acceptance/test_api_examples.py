"""The examples of docs/api.md run as they are printed, and the page of the API loads nothing from elsewhere."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from tests.api.programs import Program

DOCUMENT = (Path(__file__).parents[2] / "docs" / "api.md").read_text()


def example(language: str) -> str:
    """The first block of this language in the document; the one of MCP comes later."""
    return str(re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)[0])


@pytest.mark.django_db(transaction=True)
def test_the_examples_of_the_document_run(catalogue: None, live_server: LiveServer) -> None:
    program = Program()
    environment = os.environ | {"API_URL": live_server.url, "API_KEY": program.token}
    options: dict[str, Any] = {"env": environment, "capture_output": True, "text": True, "timeout": 120}
    printed = subprocess.run([sys.executable, "-c", example("python")], check=True, **options).stdout
    assert printed == "p-2 accepted \n[100]\n"
    answered = json.loads(subprocess.run(["bash", "-c", example("sh")], check=True, **options).stdout)
    assert answered["results"] == [{"index": 0, "id": "p-1", "status": "accepted"}]


@pytest.mark.django_db
def test_the_page_of_the_api_asks_no_other_host() -> None:
    page = Client().get("/api/v1/docs")
    html = page.content.decode()
    addresses = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert len(addresses) > 2
    assert [one for one in addresses if not one.startswith("/static/ninja/")] == []
    assert json.loads(html.partition('id="swagger-settings">')[2].partition("</script>")[0])["validatorUrl"] is None
    assert "'self'" in page["Content-Security-Policy"]
    scripts = re.findall(r"<script(?![^>]*src=)([^>]*)>", html)
    assert scripts == [' type="application/json" id="swagger-settings"']
