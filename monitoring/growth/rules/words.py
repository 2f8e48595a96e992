"""Numbers as people read them."""

from datetime import date

from monitoring.growth.rules.k_factor import Estimate

NONE = "n/a"
MINUTE, HOUR, DAY = 60, 3600, 86_400


def count(amount: float) -> str:
    return f"{amount:,.0f}"


def share(part: float, whole: float) -> str:
    """42%, 0.4%; n/a of nothing."""
    if not whole:
        return NONE
    found = part / whole
    return f"{found:.1%}" if 0 < found < 0.1 else f"{found:.0%}"  # noqa: PLR2004


def ratio(value: float | None) -> str:
    return NONE if value is None else f"{value:.2f}"


def interval(found: Estimate) -> str:
    if found.low is None or found.high is None:
        return NONE
    return f"{found.low:.2f} to {found.high:.2f}"


def money(cents: float) -> str:
    sign = "\N{MINUS SIGN}" if cents < 0 else ""
    return f"{sign}${abs(cents) / 100:,.2f}"


def milliseconds(value: float | None) -> str:
    if value is None:
        return NONE
    return f"{value:.1f} ms" if value < 10 else f"{value:.0f} ms"  # noqa: PLR2004


def duration(seconds: float | None) -> str:
    if seconds is None:
        return NONE
    for size, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}".replace(".0 ", " ")
    return f"{seconds:.0f} s"


def times(low: float, high: float) -> str:
    """1.2 to 1.4 s; 5.1 min to 6.1 min."""
    return f"{low:.1f} to {high:.1f} s" if high < MINUTE else f"{duration(low)} to {duration(high)}"


def day(on: date) -> str:
    return f"{on.day} {on:%b}"


def days(since: date, until: date) -> str:
    """3 to 9 Mar; 3 Mar."""
    if since == until:
        return day(since)
    return f"{since.day if since.month == until.month else day(since)} to {day(until)}"


NAMES = {
    "": "Not known",
    "sms": "SMS",
    "whatsapp": "WhatsApp",
    "email": "E-mail",
    "system": "Share sheet",
    "ai_tutor_minutes": "AI-tutor minutes",
    "referral_xp": "XP for inviting",
    "trust_safety": "Trust & safety",
}
COMPLAINTS = {
    "abuse_report": "Abuse reports",
    "person_blocked": "People blocked by others",
    "account_blocked": "Accounts closed or blocked",
    "opted_out": "Opt-outs of mail or invites",
    "consent_withdrawn": "Consents taken back",
    "account_erased": "Accounts deleted",
}


def name(slug: str) -> str:
    """A loop, a channel, a kind of reward as a heading says it."""
    return NAMES.get(slug, slug.replace("_", " ").capitalize())


def granted_for(loop: str) -> str:
    """What a reward was granted for; practice and the like belong to no loop."""
    return name(loop) if loop else "No loop"


def sign_ups(basis_points: int) -> str:
    """Credit in sign-ups: 10,000 basis points are 1.0."""
    return f"{basis_points / 10_000:,.1f}"
