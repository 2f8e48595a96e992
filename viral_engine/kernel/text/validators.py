"""Validators of names and other text that people see, for models and forms."""

import re

from django.core.exceptions import ValidationError

from viral_engine.kernel.text import contact
from viral_engine.kernel.text.characters import canonical_name, has_letter, mixes_alphabets, tidy_name
from viral_engine.kernel.text.names import person_name_finding
from viral_engine.kernel.text.vocabulary import words

MAX_PASSWORD = 128
SLUG = r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?"  # in addresses of pages and in topics of sockets alike
# Names that people take for the site's own. Staff may have them: only the forms of learners refuse them.
RESERVED = words(
    """
    admin administrator root superuser staff support help helpdesk moderator mod system sysadmin webmaster postmaster
    hostmaster security official owner teacher tutor principal parent guest anonymous null none undefined me api www
    brightside info contact noreply
    """
)
_USERNAME = re.compile(r"[^\W_](?:[\w.\-]*[^\W_])?")


class MaximumLengthValidator:
    """Refuse a new password that takes long to hash, in every form that sets one, the admin's too."""

    def validate(self, password: str, user: object = None) -> None:  # noqa: ARG002  (Django's signature)
        if len(password) > MAX_PASSWORD:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        return f"Your password must have at most {MAX_PASSWORD} characters."


def validate_topic_slug(slug: str) -> None:
    """Refuse a slug that the address of a page takes and the topic of a socket does not."""
    if not re.fullmatch(SLUG, slug):
        raise ValidationError(
            "Use small letters from a to z and digits, with hyphens between them, at most 40.", code="not_a_topic"
        )


def validate_shown_text(text: str) -> None:
    """Refuse contact data and abuse in text that others read."""
    found = contact.finding(text)
    if found:
        raise ValidationError(f"Leave out the {found}. Other people see this.", code="not_for_others")


def validate_title(title: str) -> None:
    """Refuse contact data and abuse in a title, where a dot before any ending of a web address makes a link."""
    found = contact.name_finding(title)
    if found:
        raise ValidationError(f"Leave out the {found}. Other people see this.", code="not_for_others")


def validate_shown_name(name: str) -> None:
    """Refuse a person's name as `validate_title` does, and one with a site, without letters or in mixed alphabets."""
    validate_title(name)
    if found := person_name_finding(name):
        raise ValidationError(f"Leave out the {found}. Other people see this.", code="not_for_others")
    if not has_letter(name):
        raise ValidationError("Use at least one letter.", code="no_letter")
    if mixes_alphabets(name):
        raise ValidationError("Use letters of one alphabet.", code="mixed_alphabets")


def validate_username(name: str) -> None:
    """Refuse a username that people could not type, mistake for another one, or be reached by."""
    if tidy_name(name) != name or not _USERNAME.fullmatch(name):
        raise ValidationError(
            "Use letters and digits, with a dot, hyphen or underline only between them.", code="not_a_username"
        )
    validate_shown_name(name)


def validate_unreserved(name: str) -> None:
    """Refuse a username that people would take for the site's own: admin, root_1."""
    if re.sub(r"[\d._+@-]", "", canonical_name(name)) in RESERVED:
        raise ValidationError("This name is taken. Try another one.", code="reserved")
