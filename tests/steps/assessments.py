"""Take a diagnostic or a practice test over HTTP."""

from django.test import Client

from viral_engine.learning.models import Answer, Attempt


def take_assessment(client: Client, kind: str, *, right: str) -> Attempt:
    """Answer twenty questions as the page asks them, and finish; `right` is a repeated pattern of r and w."""
    url = client.post(f"/{kind}/math/start/").headers["Location"]
    attempt_id = url.split("/")[2]
    for position in range(20):
        assert f"Question {position + 1} of 20" in client.get(url).content.decode()
        question = Answer.objects.select_related("question").get(attempt_id=attempt_id, position=position).question
        choice = question.answer if right[position % len(right)] == "r" else (question.answer + 1) % 4
        page = client.post(f"{url}answer/", {"position": position, "choice": choice}).content.decode()
        assert "Not quite." not in page
    assert "See your result" in client.get(url).content.decode()
    assert client.post(f"{url}finish/").headers["Location"] == f"/results/{attempt_id}/"
    return Attempt.objects.get(pk=attempt_id)
