from collections.abc import AsyncIterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from monitoring.growth import fragments
from monitoring.growth.forms import FilterForm
from monitoring.growth.queries import PAGES
from monitoring.growth.queries.csv_export import cohort_lines, count_lines
from monitoring.growth.rules.counting import day_of
from monitoring.growth.services import reports
from monitoring.models import GrowthReport
from viral_engine.accounts.identity import require_user
from viral_engine.csv_lines import csv_line
from viral_engine.kernel.clock import now
from viral_engine.staff.access import staff_required

staff_page = staff_required()


@staff_page
@require_safe
def dashboard(request: HttpRequest, page: str = "overview") -> HttpResponse:
    """Cost  at most 13 queries with session and user; 3 when the page was viewed in the last five seconds."""
    if page not in PAGES:
        raise Http404
    at = now()
    form = FilterForm(request.GET, day_of(at))
    context: dict[str, Any] = {"page": PAGES[page], "pages": PAGES.values(), "form": form}
    if not form.is_valid():
        return render(request, "monitoring/growth/dashboard.html", context, status=400)
    context |= {
        "cards": fragments.rendered_cards(page, form.choice, at),
        "topic": fragments.topic_of(page, form.choice),
        "query": request.GET.urlencode(),
    }
    return render(request, "monitoring/growth/dashboard.html", context)


@staff_required(is_export=True)
@require_safe
def download_csv(request: HttpRequest, page: str) -> HttpResponseBase:
    """The numbers of a dashboard as CSV, streamed row by row."""
    if page not in PAGES:
        raise Http404
    today = day_of(now())
    form = FilterForm(request.GET, today)
    if not form.is_valid():
        return render(
            request,
            "monitoring/growth/dashboard.html",
            {"page": PAGES[page], "pages": PAGES.values(), "form": form},
            status=400,
        )
    lines = cohort_lines(form.choice, today) if page == "k-factor" else count_lines(page, form.choice, today)
    response = StreamingHttpResponse(_as_csv(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{page}-{today}.csv"'
    return response


async def _as_csv(lines: AsyncIterator[tuple[Any, ...]]) -> AsyncIterator[str]:
    async for line in lines:
        yield csv_line(line)


@staff_page
@require_safe
def report_list(request: HttpRequest) -> HttpResponse:
    """Cost  2 queries."""
    user = require_user(request)
    context = {
        "pages": PAGES.values(),
        "reports": GrowthReport.objects.all()[:52],
        "is_reader": reports.is_subscribed(user),
    }
    return render(request, "monitoring/growth/reports.html", context)


@staff_page
@require_safe
def report(request: HttpRequest, week: str) -> HttpResponse:
    found = get_object_or_404(GrowthReport, week=week)
    return render(request, "monitoring/growth/report.html", {"pages": PAGES.values(), "report": found})


@staff_page
@require_POST
def subscribe(request: HttpRequest) -> HttpResponse:
    """Turn the weekly e-mail on or off."""
    reports.set_subscription(user=require_user(request), wants=request.POST.get("wants") == "1", at=now())
    return redirect("growth:reports")
