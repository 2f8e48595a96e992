"""Codes of the second factor: checked once each, a few times an hour, also while Redis is away."""

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from django.db import transaction

from viral_engine.accounts.models import User
from viral_engine.kernel import limiter

MAX_CODES, CODES_PER_S = 5, 300
BUCKET = "second_factor"


def may_try_code(user: User) -> bool:
    """Count one try; False for the sixth in five minutes."""
    return limiter.allow(BUCKET, str(user.pk), limit=MAX_CODES, window_s=CODES_PER_S)


def forget_tries(user: User) -> None:
    limiter.forget(BUCKET, str(user.pk), window_s=CODES_PER_S)


@transaction.atomic
def redeem_code(user: User, code: str) -> Authenticator | None:
    """The factor that accepted the code and accepts it never again; None for a wrong or used code.

    Cost  1 query for each factor, 1 statement for a right code.
    """
    factors = Authenticator.objects.select_for_update().filter(user_id=user.pk)
    for factor in sorted(factors, key=lambda one: one.type != Authenticator.Type.TOTP):
        if factor.type == Authenticator.Type.TOTP and _redeem_totp(factor, code):
            return factor
        if factor.type == Authenticator.Type.RECOVERY_CODES and factor.wrap().validate_code(code):
            return Authenticator.objects.get(pk=factor.pk)
    return None


def _redeem_totp(factor: Authenticator, code: str) -> bool:
    """Accept only steps of time after the last accepted one (RFC 6238, 5.2)."""
    step = _step_of(decrypt(factor.data["secret"]), code)
    if step is None or step <= factor.data.get("last_step", 0):
        return False
    factor.data["last_step"] = step
    factor.save(update_fields=["data"])
    return True


def _step_of(secret: str, code: str) -> int | None:
    typed = "".join(code.split())
    matching = (step for step in totp.yield_hotp_counters_from_time() if _is_same(typed, totp.hotp_value(secret, step)))
    return next(matching, None)


def _is_same(typed: str, value: int) -> bool:
    return bool(totp.compare_user_code(actual=typed, expected=totp.format_hotp_value(value)))


def has_factor(user: User) -> bool:
    """Cost  1 query."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists())
