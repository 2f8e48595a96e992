"""What an admin does to an experiment; each answers with its page and says what happened."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from experiments import services
from experiments.forms import CoverageForm, NoteForm, SplitForm, StopForm
from experiments.models import Experiment, Phase
from experiments.services import NotReady, WrongState
from viral_engine.accounts.access import staff_only
from viral_engine.accounts.visitors import signed_in
from viral_engine.kernel.clock import now

MAY_CHANGE = "experiments.change_experiment"


def _step(request: HttpRequest, key: str, form: Form, act: Callable[[], Any], done: str) -> HttpResponse:
    if not form.is_valid():
        messages.error(request, " ".join(f"{error}" for errors in form.errors.values() for error in errors))
    else:
        try:
            act()
            messages.success(request, done)
        except NotReady as lack:
            messages.error(request, f"Nothing has changed. {lack}")
        except WrongState as state:
            messages.error(request, f"Nothing has changed. {state}")
    return redirect("experiments:results", key)


def _latest(key: str) -> Phase:
    phase = Phase.objects.filter(experiment__key=key).select_related("experiment").order_by("-number").first()
    if phase is None:
        raise Http404
    return phase


@staff_only(MAY_CHANGE)
@require_POST
def start(request: HttpRequest, key: str) -> HttpResponse:
    experiment = get_object_or_404(Experiment, key=key)
    form = NoteForm(request.POST)

    def act() -> None:
        note = form.cleaned_data["note"]
        services.start_experiment(experiment=experiment, by=signed_in(request), at=now(), note=note)

    return _step(request, key, form, act, "It runs. People meet their arms from now on.")


@staff_only(MAY_CHANGE)
@require_POST
def pause(request: HttpRequest, key: str) -> HttpResponse:
    phase, form = _latest(key), NoteForm(request.POST)

    def act() -> None:
        services.pause_phase(phase=phase, by=signed_in(request), at=now(), note=form.cleaned_data["note"])

    return _step(request, key, form, act, "Paused: everybody is served the control, and nothing is counted.")


@staff_only(MAY_CHANGE)
@require_POST
def resume(request: HttpRequest, key: str) -> HttpResponse:
    phase, form = _latest(key), NoteForm(request.POST)

    def act() -> None:
        services.resume_phase(phase=phase, by=signed_in(request), at=now(), note=form.cleaned_data["note"])

    return _step(request, key, form, act, "It goes on: everybody has the arm they had.")


@staff_only(MAY_CHANGE)
@require_POST
def stop(request: HttpRequest, key: str) -> HttpResponse:
    phase = _latest(key)
    form = StopForm(phase.arms, request.POST)

    def act() -> None:
        services.stop_phase(phase=phase, by=signed_in(request), at=now(), **form.cleaned_data)

    return _step(request, key, form, act, "Stopped. The numbers stay as they are.")


@staff_only(MAY_CHANGE)
@require_POST
def restart(request: HttpRequest, key: str) -> HttpResponse:
    experiment = get_object_or_404(Experiment, key=key)
    form = SplitForm(list(experiment.arms.all()), request.POST)

    def act() -> None:
        services.restart_experiment(
            experiment=experiment,
            weights_bp=form.weights_bp(),
            by=signed_in(request),
            at=now(),
            note=form.cleaned_data["note"],
        )

    return _step(request, key, form, act, "A new phase runs: new seed, new window, nobody carried over.")


@staff_only(MAY_CHANGE)
@require_POST
def widen(request: HttpRequest, key: str) -> HttpResponse:
    phase, form = _latest(key), CoverageForm(request.POST)

    def act() -> None:
        coverage_bp = form.cleaned_data["coverage_bp"]
        services.widen_phase(phase=phase, coverage_bp=coverage_bp, by=signed_in(request), at=now())

    return _step(request, key, form, act, "More people take part; nobody has changed their arm.")
