"""Stored slugs as headings and rows show them."""

from loops.events import OptedOut
from viral_engine.accounts.events import AccountBlocked, AccountErased, ConsentWithdrawn, PersonBlocked
from viral_engine.safety.events import AbuseReport

LABELS = {
    "": "Not known",
    "sms": "SMS",
    "whatsapp": "WhatsApp",
    "email": "E-mail",
    "system": "Share sheet",
    "qr": "QR code",
    "ai_tutor_minutes": "AI-tutor minutes",
    "referral_xp": "XP for inviting",
}
COMPLAINTS = {
    AbuseReport.type: "Abuse reports",
    PersonBlocked.type: "People blocked by others",
    AccountBlocked.type: "Accounts closed or blocked",
    OptedOut.type: "Opt-outs from e-mail or invites",
    ConsentWithdrawn.type: "Consents withdrawn",
    AccountErased.type: "Accounts deleted",
}


def label(slug: str) -> str:
    """The heading for a loop, a channel, a persona, a kind of reward or a reason."""
    return LABELS.get(slug, slug.replace("_", " ").capitalize())


def granted_for(loop: str) -> str:
    """The loop that a reward was granted for; rewards for practice and purchases belong to no loop."""
    return label(loop) if loop else "No loop"
