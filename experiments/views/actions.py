"""The buttons of a results page; each redirects to the page with a message about the outcome."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from experiments.forms import CoverageForm, NoteForm, SplitForm, StopForm
from experiments.models import Experiment, Phase
from experiments.services import lifecycle
from viral_engine.accounts.identity import require_user
from viral_engine.kernel.clock import now
from viral_engine.staff.access import staff_required

MAY_CHANGE = "experiments.change_experiment"


def _run(request: HttpRequest, key: str, form: Form, action: Callable[[], Any], done: str) -> HttpResponse:
    if not form.is_valid():
        messages.error(request, " ".join(f"{error}" for errors in form.errors.values() for error in errors))
    else:
        try:
            action()
            messages.success(request, done)
        except (lifecycle.NotReady, lifecycle.WrongState) as refusal:
            messages.error(request, f"Nothing changed. {refusal}")
    return redirect("experiments:results", key)


def _latest(key: str) -> Phase:
    phase = Phase.objects.filter(experiment__key=key).select_related("experiment").order_by("-number").first()
    if phase is None:
        raise Http404
    return phase


@staff_required(MAY_CHANGE)
@require_POST
def start(request: HttpRequest, key: str) -> HttpResponse:
    experiment = get_object_or_404(Experiment, key=key)
    form = NoteForm(request.POST)

    def action() -> None:
        note = form.cleaned_data["note"]
        lifecycle.start_experiment(experiment=experiment, by=require_user(request), at=now(), note=note)

    return _run(request, key, form, action, "Experiment started.")


@staff_required(MAY_CHANGE)
@require_POST
def pause(request: HttpRequest, key: str) -> HttpResponse:
    phase, form = _latest(key), NoteForm(request.POST)

    def action() -> None:
        lifecycle.pause_phase(phase=phase, by=require_user(request), at=now(), note=form.cleaned_data["note"])

    return _run(request, key, form, action, "Experiment paused. Everyone gets the control, and nothing is counted.")


@staff_required(MAY_CHANGE)
@require_POST
def resume(request: HttpRequest, key: str) -> HttpResponse:
    phase, form = _latest(key), NoteForm(request.POST)

    def action() -> None:
        lifecycle.resume_phase(phase=phase, by=require_user(request), at=now(), note=form.cleaned_data["note"])

    return _run(request, key, form, action, "Experiment resumed. Everyone keeps their arm.")


@staff_required(MAY_CHANGE)
@require_POST
def stop(request: HttpRequest, key: str) -> HttpResponse:
    phase = _latest(key)
    form = StopForm(phase.arms, request.POST)

    def action() -> None:
        lifecycle.stop_phase(phase=phase, by=require_user(request), at=now(), **form.cleaned_data)

    return _run(request, key, form, action, "Experiment stopped. Its results are final.")


@staff_required(MAY_CHANGE)
@require_POST
def restart(request: HttpRequest, key: str) -> HttpResponse:
    experiment = get_object_or_404(Experiment, key=key)
    form = SplitForm(list(experiment.arms.all()), request.POST)

    def action() -> None:
        lifecycle.restart_experiment(
            experiment=experiment,
            weights_bp=form.weights_bp(),
            by=require_user(request),
            at=now(),
            note=form.cleaned_data["note"],
        )

    return _run(request, key, form, action, "A new phase started with a new seed and a new window.")


@staff_required(MAY_CHANGE)
@require_POST
def increase_coverage(request: HttpRequest, key: str) -> HttpResponse:
    phase, form = _latest(key), CoverageForm(request.POST)

    def action() -> None:
        coverage_bp = form.cleaned_data["coverage_bp"]
        lifecycle.increase_coverage(phase=phase, coverage_bp=coverage_bp, by=require_user(request), at=now())

    return _run(request, key, form, action, "Coverage raised. Everyone in the experiment keeps their arm.")
