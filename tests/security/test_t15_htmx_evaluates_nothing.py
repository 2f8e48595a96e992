"""Threat 15: typed text that reaches a page as markup. htmx must make neither code nor a foreign request of it."""

import json
import re
from html import unescape

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
CONFIG = re.compile(r"""<meta name="htmx-config"\s+content='([^']+)'""")


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/signup/", "/no-such-page/"])
def test_t15_htmx_evaluates_nothing_and_asks_this_site_alone(path: str) -> None:
    page = Client().get(path).content.decode()
    found = CONFIG.search(page)
    assert found is not None
    config = json.loads(unescape(found[1]))
    refused = {name: config[name] for name in ("allowEval", "allowScriptTags", "historyCacheSize")}
    assert refused == {"allowEval": False, "allowScriptTags": False, "historyCacheSize": 0}
    assert config["selfRequestsOnly"] is True
