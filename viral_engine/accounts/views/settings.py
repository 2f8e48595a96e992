from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from viral_engine.accounts import services
from viral_engine.accounts.forms import PreferencesForm
from viral_engine.accounts.models import User
from viral_engine.accounts.visitors import signed_in


@login_required
@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(pk=signed_in(request).pk)  # a copy: a refused form must not change the page's own user
    form = PreferencesForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        services.set_preferences(user=user, **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("accounts:preferences")
    return render(request, "accounts/preferences.html", {"form": form})
