"""Limits on wrong log-ins: few for one account from one device, many for a network that a whole school shares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from viral_engine.accounts.identity import device_of, has_logged_in_here
from viral_engine.accounts.models import User
from viral_engine.kernel import limiter
from viral_engine.kernel.client_identity import client_ip

PER_ACCOUNT, PER_ACCOUNT_S = 5, 1800
PER_NETWORK, PER_NETWORK_S = 1000, 3600
PER_NETWORK_AT_STAFF = 20  # at all accounts of staff, from browsers nobody knows


@dataclass(frozen=True, slots=True)
class Limit:
    """One bucket that a wrong log-in fills."""

    bucket: str
    who: str
    limit: int
    window_s: int


Tries = Sequence[Limit]


def tries_of(request: HttpRequest, credentials: Mapping[str, Any]) -> Tries:
    """The buckets of a log-in. Cost  1 query; 2 for an e-mail address.

    A browser that has logged in to the account before has a bucket of its own, so strangers cannot lock its owner out.
    All other browsers share one: a device cookie is free, and new ones would buy new tries.
    """
    login = str(credentials.get("username") or credentials.get("email") or "")
    user = _account(login)
    account = f"user:{user.pk}" if user is not None else f"login:{login.casefold()}"
    device = device_of(request)[1] if user is not None and has_logged_in_here(request, user.pk) else "unknown"
    limits = [
        Limit("log_in_account", f"{account}:{device}", PER_ACCOUNT, PER_ACCOUNT_S),
        Limit("log_in_network", client_ip(request), PER_NETWORK, PER_NETWORK_S),
    ]
    if user is not None and user.is_staff and device == "unknown":
        limits.append(Limit("log_in_staff", client_ip(request), PER_NETWORK_AT_STAFF, PER_NETWORK_S))
    return limits


def take(tries: Tries) -> bool:
    """Count a try in each bucket; False when one of them is full."""
    counted = [limiter.allow(one.bucket, one.who, limit=one.limit, window_s=one.window_s) for one in tries]
    return all(counted)


def give_back(tries: Tries) -> None:
    """Undo `take` for a log-in that was right."""
    for one in tries:
        limiter.give_back(one.bucket, one.who, window_s=one.window_s)


def forget(tries: Tries) -> None:
    """Empty the account's bucket; the network keeps its count."""
    limiter.forget(tries[0].bucket, tries[0].who, window_s=tries[0].window_s)


def _account(login: str) -> User | None:
    if "@" in login:
        return User.objects.filter(email=login).only("pk", "is_staff").first()
    return User.objects.named(login).only("pk", "is_staff").first()
