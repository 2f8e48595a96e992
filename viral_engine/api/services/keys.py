"""The only writer of programs' keys."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from viral_engine.accounts.models import User
from viral_engine.api import rules
from viral_engine.api.models import ApiKey, ApiProgram
from viral_engine.staff.services.staff_log import log_change


class KeyNotRotatable(Exception):
    """The key was revoked or replaced before; nothing was made."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key's row with the key itself, which is known only now."""

    row: ApiKey
    token: str


@transaction.atomic
def create_key(
    *,
    program: ApiProgram,
    scopes: Sequence[str],
    by: User | None,
    at: datetime,
    lasts: timedelta | None = None,
    requests_per_minute: int | None = None,
) -> NewKey:
    """Make a key. Raises  ValueError for an unknown scope. Cost  1 statement."""
    if not rules.is_known(list(scopes)):
        raise ValueError("unknown scope")
    prefix = secrets.token_hex(rules.PREFIX_LENGTH // 2)
    token = f"{rules.KEY_MARK}_{prefix}_{secrets.token_urlsafe(32)}"
    row = ApiKey(
        program=program,
        prefix=prefix,
        secret_hash=rules.hash_of(token),
        scopes=list(scopes),
        created_at=at,
        created_by=by,
        expires_at=at + lasts if lasts is not None else None,
    )
    if requests_per_minute is not None:
        row.requests_per_minute = requests_per_minute
    row.save(force_insert=True)
    return NewKey(row, token)


@transaction.atomic
def rotate_key(*, key: ApiKey, by: User, at: datetime) -> NewKey:
    """Make a key with the same rights, once; the old one works for another day, or until its own end.

    Raises  KeyNotRotatable.
    """
    if not ApiKey.objects.all().unrotated().filter(pk=key.pk).update(rotated_at=at):
        raise KeyNotRotatable
    ends_at = at + rules.ROTATION_GRACE
    ApiKey.objects.filter(Q(expires_at=None) | Q(expires_at__gt=ends_at), pk=key.pk).update(expires_at=ends_at)
    made = create_key(program=key.program, scopes=key.scopes, by=by, at=at, requests_per_minute=key.requests_per_minute)
    log_change(by=by, rows=[key], message=f"Replaced by {made.row.prefix}.")
    return made


@transaction.atomic
def revoke_key(*, key: ApiKey, by: User, at: datetime) -> bool:
    """End a key at once, and log who did; False when it was revoked before."""
    is_ours = bool(ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at))
    if is_ours:
        log_change(by=by, rows=[key], message="Revoked.")
    return is_ours


def find_key(token: str, at: datetime) -> ApiKey | None:
    """The usable key of a token, with its program; notes the use. 1 query, 1 more each minute; none for other text."""
    if not rules.is_token(token):
        return None
    key = ApiKey.objects.all().usable(at).filter(secret_hash=rules.hash_of(token)).select_related("program").first()
    if key is not None and (key.last_used_at is None or key.last_used_at < at - rules.USE_NOTED_EVERY):
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=at)
    return key
