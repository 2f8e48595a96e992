from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from loops.core.queries import copy_kit
from viral_engine.staff.access import staff_required


@staff_required("loops.view_loop")
@require_safe
def show_copy_kit(request: HttpRequest) -> HttpResponse:
    """All copy of the loops, by language and variant. Cost  2 queries beyond session, user and permissions."""
    return render(request, "loops/copy_kit.html", {"kit": copy_kit()})
