from functools import partial
from types import NoneType
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loops.core.forms import PurchaseForm
from loops.core.queries import StartableLoop, startable_loops
from loops.core.rewards_page import RewardsPage, rewards_page, shop_offer
from loops.core.shop import PurchaseRefused, buy_item, choose_owned_theme
from loops.models import ShopItem
from viral_engine.accounts.identity import login_required_at, require_user
from viral_engine.accounts.models import Role
from viral_engine.kernel.clock import now
from viral_engine.kernel.htmx import is_htmx
from viral_engine.kernel.page_parts import part_or


@login_required
@require_safe
def rewards(request: HttpRequest) -> HttpResponse:
    """Balances, loops to start, the shop and the history; a part whose table is away is left out.

    Cost  1 query and `rewards_page`, beyond session and user.
    """
    user, at = require_user(request), now()
    page = part_or("rewards", partial(rewards_page, user, at), None, (RewardsPage, NoneType))
    no_loops: list[StartableLoop] = []
    context = {
        "page": page,
        "loops": part_or("loops to start", partial(startable_loops, user), no_loops, list),
    }
    return render(request, "loops/rewards.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def buy(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask for confirmation on GET, buy on POST; the form's key makes a second press the same purchase."""
    user, at = require_user(request), now()
    item = get_object_or_404(ShopItem.objects.all().on_sale(), slug=slug)
    if user.role != Role.STUDENT:
        return redirect("loops:rewards")
    if request.method != "POST":
        context = {"offer": shop_offer(user, item, at), "key": uuid4()}
        template = "loops/_buy.html" if is_htmx(request) else "loops/buy.html"
        return render(request, template, context)
    form = PurchaseForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Something was missing. Please choose again.")
        return redirect("loops:rewards")
    try:
        buy_item(user=user, item=item, at=at, **form.cleaned_data)
    except PurchaseRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{item.title}: it is yours.")
    return redirect("loops:rewards")


@login_required_at("loops:rewards")
@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    try:
        choose_owned_theme(user=require_user(request), theme=request.POST.get("theme", ""))
    except PurchaseRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("loops:rewards")
