from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from viral_engine.accounts.forms import PendingPreferencesForm, PreferencesForm
from viral_engine.accounts.identity import require_user
from viral_engine.accounts.models import Consent, Role, User
from viral_engine.accounts.rules import is_practice_only, needs_consent
from viral_engine.accounts.services import preferences as accounts_preferences
from viral_engine.kernel.clock import now, today


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(pk=require_user(request).pk)  # a copy: a refused form must not change the page's own user
    is_pending = _is_pending(user)
    form_class = PendingPreferencesForm if is_pending else PreferencesForm
    form = form_class(request.POST if request.method == "POST" else None, instance=user)
    if request.method == "POST" and form.is_valid():
        accounts_preferences.set_preferences(user=user, at=now(), **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("accounts:preferences")
    return render(request, "accounts/preferences.html", {"form": form, "is_pending": is_pending})


def _is_pending(user: User) -> bool:
    """A child whose parent has not agreed; 1 query for a child, none for anybody else."""
    age = user.age_on(today(now()))
    return (
        user.role == Role.STUDENT and needs_consent(age) and is_practice_only(age, Consent.objects.kinds_for(user.pk))
    )
