"""Validators of names and other text that people see, for models and forms."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from viral_engine.kernel.text import contact
from viral_engine.kernel.text.characters import has_letter, mixes_alphabets, tidy_name

SLUG = r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?"  # in addresses of pages and in topics of sockets alike
_USERNAME = re.compile(r"[^\W_](?:[\w.\-]*[^\W_])?")

validate_topic_slug = RegexValidator(
    rf"\A{SLUG}\Z", "Use small letters a to z, digits and single hyphens between them, 40 characters at most."
)


def validate_shown_text(text: str) -> None:
    """Refuse contact data and abuse in text that others read."""
    found = contact.finding(text)
    if found:
        raise ValidationError(f"Leave out the {found}. Other people read this.", code="not_for_others")


def validate_shown_name(name: str) -> None:
    """Refuse a name or title without letters, in mixed alphabets, or with contact data or abuse in it."""
    if not has_letter(name):
        raise ValidationError("Use at least one letter.", code="no_letter")
    if mixes_alphabets(name):
        raise ValidationError("Use letters of one alphabet.", code="mixed_alphabets")
    found = contact.name_finding(name)
    if found:
        raise ValidationError(f"Leave out the {found}. Other people see this name.", code="not_for_others")


def validate_username(name: str) -> None:
    """Refuse a username that people could not type, mistake for another one, or be reached by."""
    if tidy_name(name) != name or not _USERNAME.fullmatch(name):
        raise ValidationError(
            "Use letters and digits, with a dot, hyphen or underline only between them.", code="not_a_username"
        )
    validate_shown_name(name)
