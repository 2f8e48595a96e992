from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from loops.core.emails import read_unsubscribe_token
from loops.core.growth_emails import is_suppressed, opt_out
from viral_engine.kernel.clock import now


@csrf_exempt  # mail programs post here without a cookie (RFC 8058); the signed address is the permission
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows the page, because scanners follow every link; POST unsubscribes."""
    try:
        user_id, mailbox = read_unsubscribe_token(token)
    except (signing.BadSignature, ValueError, TypeError):
        return render(request, "loops/unsubscribe.html", {"is_ours": False}, status=403)
    if request.method == "POST":
        source = "one_click" if request.POST.get("List-Unsubscribe") == "One-Click" else "link"
        opt_out(user_id=user_id, mailbox=mailbox, source=source, at=now())
    context = {"is_ours": True, "is_stopped": is_suppressed([mailbox])}
    return render(request, "loops/unsubscribe.html", context)
