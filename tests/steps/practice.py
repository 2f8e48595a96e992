"""Practice over HTTP, question by question as the page asks."""

from dataclasses import dataclass

from django.test import Client

from viral_engine.learning.models import Answer, Attempt


@dataclass
class Played:
    attempt: Attempt
    result_url: str


def play(client: Client, attempt_url: str, *, right: int) -> Played:
    """Answer five questions as the page asks them, the first `right` of them correctly, and finish."""
    attempt_id = attempt_url.split("/")[2]
    for position in range(5):
        page = client.get(attempt_url).content.decode()
        assert f"Question {position + 1} of 5" in page
        solution = Answer.objects.select_related("question").get(attempt_id=attempt_id, position=position).question
        choice = solution.answer if position < right else (solution.answer + 1) % 4
        client.post(f"{attempt_url}answer/", {"position": position, "choice": choice})
    finished = client.post(f"{attempt_url}finish/")
    assert finished.status_code == 302
    url: str = finished.url  # type: ignore[attr-defined]
    return Played(Attempt.objects.get(pk=attempt_id), url)


def answer_and_finish(client: Client, attempt_url: str, *, right: int = 10) -> str:
    """Answer every open question, those before position `right` correctly, and finish; the attempt's id."""
    attempt_id = attempt_url.split("/")[2]
    for answer in Answer.objects.select_related("question").filter(attempt_id=attempt_id, choice=None):
        choice = answer.question.answer if answer.position < right else (answer.question.answer + 1) % 4
        client.post(f"{attempt_url}answer/", {"position": answer.position, "choice": choice})
    assert client.post(f"{attempt_url}finish/").status_code == 302
    return attempt_id
