"""Pushes to the starter of a rally."""

from datetime import datetime

from django.urls import reverse

from loops.core.links import token_for
from loops.results_rally.board import rally_board
from loops.results_rally.models import RallyEntry
from loops.results_rally.queries import PURPOSE
from viral_engine.kernel.pubsub import publish
from viral_engine.learning.events import DiagnosticCompleted


def push_rally(event: DiagnosticCompleted, at: datetime) -> None:
    """Push to the starter of a rally that a player joined, without a name; the starter's open board redraws itself.

    The page of an outsider has no socket and polls instead.

    Cost  1 query; as `rally_board` for each rally the diagnostic is an entry of.
    """
    related = ("rally__link__referrer", "rally__subject")
    for entry in RallyEntry.objects.filter(attempt_id=event.attempt_id).select_related(*related):
        rally, board = entry.rally, rally_board(entry.rally, at)
        url = reverse("loops:rally", args=[token_for(rally.link, PURPOSE)])
        text = f"A friend joined your {rally.subject.name} rally. You are number {board.starter_rank} of {board.size}."
        payload = {"rank": board.starter_rank, "players": board.size, "joined": board.joined, "text": text, "url": url}
        publish(f"user:{rally.link.referrer_id}", "rally_moved", payload)
