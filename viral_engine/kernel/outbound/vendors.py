"""The vendor register (16 CFR 312.8): who gets data from us, which, why, and until when. /privacy/ is drawn from it.

A new vendor, or a new host of a known one, is a change of this file.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Vendor:
    """A company that works for us; it uses the data for our purpose alone."""

    key: str
    title: str
    purpose: str
    data: str
    deletion: str  # completes "It deletes the data"
    hosts: Callable[[], tuple[str, ...]]
    gets_personal_data: bool = True

    @property
    def assured_on(self) -> date | None:
        """The day of the vendor's written assurance to protect the data; the owner sets it in VENDOR_ASSURANCES."""
        day = settings.VENDOR_ASSURANCES.get(self.key)
        return date.fromisoformat(day) if day else None


def _fixed(*hosts: str) -> Callable[[], tuple[str, ...]]:
    return lambda: hosts


def _chosen(key: str) -> Callable[[], tuple[str, ...]]:
    """The host that the owner of the site named in VENDOR_HOSTS."""
    return lambda: tuple(settings.VENDOR_HOSTS.get(key, "").split())


VENDORS = {
    vendor.key: vendor
    for vendor in (
        Vendor(
            "mail",
            "Our mail provider",
            "To deliver e-mails: consent requests, log-in codes, recaps and invitations.",
            "The address, and the text of the e-mail.",
            "30 days after delivery.",
            lambda: tuple(settings.MAIL_VENDOR_HOSTS),
        ),
        Vendor(
            "anthropic",
            "Anthropic, an AI provider",
            "To write the texts of offers, and summaries of tutoring sessions where a parent agreed.",
            "Texts without names. Never an account, an address or a number of a person.",
            "30 days after the answer, and it trains no model with them.",
            _fixed("api.anthropic.com"),
        ),
        Vendor(
            "transcription",
            "Our transcription service",
            "To write down what was said in a recorded tutoring session, where the family agreed.",
            "The recording.",
            "as soon as the text is written.",
            _chosen("transcription"),
        ),
        Vendor(
            "payment",
            "Our payment provider",
            "To check that a person who gives permission is an adult with a bank account.",
            "A number for the payment. The parent types the rest there.",
            "as the law on payments says.",
            _chosen("payment"),
        ),
        Vendor(
            "webhooks",
            "Programs of our own company",
            "To let our other programs, such as the calendar of tutors, react to what happened.",
            "Events and their times, with a random number for the person. Never a name or an address, and nothing "
            "about a child under 13 whose parent has not agreed.",
            "as our own data ends.",
            _chosen("webhooks"),
        ),
        Vendor(
            "push",
            "The push service of your browser's maker",
            "To show news on a device where their owner switched them on.",
            "The browser's address there, and a text that only the browser can read. Nothing about a child under 13 "
            "whose parent has not agreed.",
            "after a day, or as soon as it is delivered.",
            _fixed("fcm.googleapis.com", "updates.push.services.mozilla.com", "web.push.apple.com"),
        ),
        Vendor(
            "slack",
            "Slack",
            "To tell our staff that something on the site is broken.",
            "Numbers of the site, and nothing about a person.",
            "when we delete the message.",
            _fixed("hooks.slack.com"),
            gets_personal_data=False,
        ),
        Vendor(
            "pagerduty",
            "PagerDuty",
            "To wake our staff when something on the site is broken.",
            "Numbers of the site, and nothing about a person.",
            "when we delete the incident.",
            _fixed("events.pagerduty.com", "events.eu.pagerduty.com"),
            gets_personal_data=False,
        ),
    )
}


def vendor_at(host: str) -> Vendor | None:
    """The vendor whose host this is, to the letter; None for any other."""
    return next((vendor for vendor in VENDORS.values() if host.lower() in vendor.hosts()), None)
