from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from viral_engine.accounts.identity import require_user
from viral_engine.kernel.clock import now
from viral_engine.learning.queries import badges_of


@login_required
@require_safe
def badges(request: HttpRequest) -> HttpResponse:
    found = badges_of(require_user(request), now())
    earned = sum(badge.earned_at is not None for badge in found)
    return render(request, "learning/badges.html", {"badges": found, "earned": earned})
