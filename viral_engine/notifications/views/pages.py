"""The page of notifications, its badge and its preferences."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from viral_engine.accounts.identity import require_user
from viral_engine.kernel.clock import now
from viral_engine.notifications.forms import NotificationPreferencesForm
from viral_engine.notifications.models import UserNotification
from viral_engine.notifications.queries import (
    MAX_BADGE,
    kind_preferences,
    newest_notifications,
    quiet_hours_of,
    target_of,
    unread_count,
)
from viral_engine.notifications.services.inbox import mark_read
from viral_engine.notifications.services.preferences import set_preferences
from viral_engine.notifications.services.push import may_get_pushes, public_key


@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Cost  as `newest_notifications`."""
    return render(request, "notifications/page.html", {"lines": newest_notifications(require_user(request))})


@login_required
@require_safe
def badge(request: HttpRequest) -> HttpResponse:
    """The number beside the bell. Cost  1 query."""
    count = unread_count(require_user(request))
    return render(request, "notifications/_badge.html", {"count": count, "is_more": count > MAX_BADGE})


@login_required
@require_POST
def open_one(request: HttpRequest, notification_id: int) -> HttpResponse:
    """Mark one as read and lead to its page."""
    user = require_user(request)
    row = UserNotification.objects.filter(user=user, pk=notification_id).first()
    if row is None:
        raise Http404
    mark_read(user=user, at=now(), notification_id=row.pk)
    return redirect(target_of(row))


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    mark_read(user=require_user(request), at=now())
    return redirect("notifications:page")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Cost  2 queries, 1 more for a child."""
    user = require_user(request)
    hours = quiet_hours_of(user)
    initial = {"time_zone": hours.time_zone, "starts": hours.starts, "ends": hours.ends}
    form = NotificationPreferencesForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        chosen = {name: form.cleaned_data[name] for name in ("time_zone", "starts", "ends")}
        set_preferences(user=user, muted=form.muted(), **chosen)
        messages.success(request, "Saved.")
        return redirect("notifications:preferences")
    context = {
        "form": form,
        "kinds": kind_preferences(user),
        "push_key": public_key() if may_get_pushes(user, now()) else "",
    }
    return render(request, "notifications/preferences.html", context)
