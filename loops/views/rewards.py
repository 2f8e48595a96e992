from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from loops import rules
from loops.models import RewardEntry
from viral_engine.accounts.visitors import signed_in
from viral_engine.kernel.clock import now


@login_required
@require_GET
def rewards(request: HttpRequest) -> HttpResponse:
    """What I hold and where it came from. Cost  2 queries beyond session and user."""
    at = now()
    user_id = signed_in(request).pk
    held = RewardEntry.objects.all().holdings(user_id, at)
    holdings = [(kind, terms, held.get(kind, 0)) for kind, terms in rules.REWARDS.items()]
    history = RewardEntry.objects.of(user_id).order_by("-at", "-pk")[:50]
    rows = [(entry, rules.REWARDS[entry.kind]) for entry in history]
    return render(request, "loops/rewards.html", {"holdings": holdings, "rows": rows, "at": at})
