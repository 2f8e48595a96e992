"""A person's browser: the site's own pages and forms over HTTP, with cookies, CSRF and the headers of a navigation."""

import re
from datetime import date
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx

from viral_engine.learning.models import Answer

USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
NAVIGATION = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
TIMEOUT_S = 30.0
PASSWORD = "correct-horse-9"  # noqa: S105  (of accounts that live for three minutes)
SHARED = re.compile(r'data-text="[^"]*?(https?://[^"\s?]+)\?via=copy"')


class PageFailed(Exception):
    """The site answered a person's step with an error; the text names the step and the answer."""


class SiteBrowser:
    """One person's browser at the site."""

    def __init__(self, url: str, address: str) -> None:
        headers = {"User-Agent": USER_AGENT, "Origin": url, "X-Forwarded-For": address}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.http.close()

    # -- Pages ---------------------------------------------------------------------------------------------------
    def get(self, path: str) -> httpx.Response:
        """Open a page or an address of this site. Raises  PageFailed for an error."""
        return _checked(self.http.get(path, headers=NAVIGATION))

    def post(self, path: str, fields: dict[str, str] | None = None, file: tuple[str, Path] | None = None) -> str:
        """Send a form; the path that it leads to, or its page's own text when it stays.

        `file` is the name of a file's field and the file. Raises  PageFailed for an error.
        """
        upload = {file[0]: (file[1].name, file[1].read_bytes())} if file else None
        answer = _checked(self.http.post(path, data=fields, files=upload, headers={"X-CSRFToken": self._token()}))
        where = answer.headers.get("Location", "")
        return path_of(where) if where else answer.text

    def _token(self) -> str:
        found = self._cookie("csrftoken")
        if not found:
            self.get("/accounts/login/")  # a page with a form sets the cookie
            found = self._cookie("csrftoken")
        return found

    def _cookie(self, name: str) -> str:
        return next((one.value or "" for one in self.http.cookies.jar if one.name == name), "")

    # -- Steps ---------------------------------------------------------------------------------------------------
    def sign_up(self, name: str, username: str, *, born: date, role: str) -> None:
        """Pass the age gate and fill in the form of a learner, a parent or a tutor."""
        self.post("/signup/", {"month": str(born.month), "day": str(born.day), "year": str(born.year)})
        person = {"first_name": name, "email": f"{username}@example.com", "password": PASSWORD}
        of_role = {"username": username, "grade": "8"} if role == "student" else {"last_name": "Example"}
        page = self.post(f"/signup/details/?role={role}", person | of_role)
        if not page.startswith("/"):
            raise PageFailed(f"sign-up of {username}: {' '.join(re.findall('errorlist.*', page))}")

    def answer_all(self, attempt_path: str, *, right: str) -> str:
        """Answer the open questions of an attempt as its page asks them, and finish; the attempt's id.

        `right` is a repeated pattern of r (right) and w (wrong). The right choices come from the question bank.
        """
        attempt_id = attempt_path.split("/")[2]
        while (answer := _next_open(attempt_id)) is not None:
            is_right = right[answer.position % len(right)] == "r"
            choice = answer.question.answer if is_right else (answer.question.answer + 1) % len(answer.question.choices)
            self.post(f"{attempt_path}answer/", {"position": str(answer.position), "choice": str(choice)})
        self.post(f"{attempt_path}finish/")
        return attempt_id

    def open_shared(self, shared: str, channel: str) -> str:
        """Follow a shared address that came through a channel; the path of the landing page."""
        answer = self.get(f"{path_of(shared)}?via={channel}")
        landing = path_of(answer.headers["Location"])
        self.get(landing)
        return landing


def _next_open(attempt_id: str) -> Answer | None:
    waiting = Answer.objects.filter(attempt_id=attempt_id, choice=None)
    return waiting.select_related("question").order_by("position").first()


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.status_code >= HTTPStatus.BAD_REQUEST:
        raise PageFailed(f"{answer.request.method} {answer.request.url.path}: HTTP {answer.status_code}")
    return answer


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def shared_address(page: str) -> str:
    """The address that a share sheet's copy button shares. Raises  PageFailed without one."""
    found = SHARED.search(page)
    if found is None:
        raise PageFailed("the page has no share sheet")
    return found[1]
