from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from viral_engine.accounts.forms import PendingPreferencesForm, PreferencesForm
from viral_engine.accounts.identity import require_user
from viral_engine.accounts.models import User
from viral_engine.accounts.services import preferences as accounts_preferences
from viral_engine.accounts.services.consent import consent_state_of
from viral_engine.kernel.clock import now


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(pk=require_user(request).pk)  # a copy: a refused form must not change the page's own user
    consent = consent_state_of(user, now())
    form_class = PendingPreferencesForm if consent.practices_alone else PreferencesForm
    form = form_class(request.POST if request.method == "POST" else None, instance=user)
    if request.method == "POST" and form.is_valid():
        accounts_preferences.set_preferences(user=user, at=now(), **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("accounts:preferences")
    return render(request, "accounts/preferences.html", {"form": form, "consent": consent})
