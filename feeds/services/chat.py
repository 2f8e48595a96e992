"""Cohort chat: post, report, hide and mute messages."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from feeds import rules
from feeds.events import MessageHidden, MessagePosted
from feeds.models import ChatCounter, ChatMute, Message
from feeds.services.chat_redaction import redacted_message
from viral_engine.accounts.models import CohortMembership, Consent, User
from viral_engine.accounts.services.consent import consent_state_of, is_child
from viral_engine.accounts.services.hiding import keep_hidden
from viral_engine.accounts.services.locks import lock_person
from viral_engine.accounts.viewer_profiles import ViewerProfile
from viral_engine.kernel.limiter import allow
from viral_engine.kernel.services import announce, announce_unlogged
from viral_engine.kernel.text import contact
from viral_engine.kernel.text.characters import tidy
from viral_engine.safety.services.detections import Detection, queue_for_review

MESSAGE = "message"  # its kind in the review queue
PER_WINDOW, WINDOW_S = 6, 20


class MessageRefused(Exception):
    """The message may not be posted; the text is for its author, `reason` is the code for programs."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@transaction.atomic
def post_message(*, author: User, cohort_id: int, text: str, key: UUID, at: datetime) -> Message:
    """Post a message with the cohort's next number; the same key again returns the first message, announced again.

    The second time is for a process that died after its commit: pages drop a message that they have.

    Cost      8 statements; 1 more for a child, 1 more in a cohort of children who have first names, 3 more for a
              message that staff should read.
    Raises    MessageRefused: not_in_cohort, coppa_no_consent, blocklisted, rate_limited, or message_refused with
              advice.
    Announces MessagePosted; not for a message that is hidden by now.
    """
    known = Message.objects.filter(author=author, key=key).first()
    if known is not None:
        if known.hidden_at is None:
            _announce(known, at)
        return known
    clean = tidy(text)
    author = lock_person(author)
    _guard(author, cohort_id, clean, at)
    clean = redacted_message(clean, cohort_id)
    try:
        with transaction.atomic():
            message = Message.objects.create(
                cohort_id=cohort_id, author=author, seq=_next_number(cohort_id), text=clean, key=key, at=at
            )
    except IntegrityError:  # the same message was sent twice at once; the number is rolled back
        return Message.objects.get(author=author, key=key)
    if why := contact.review_reason(clean):
        _queue(message, why, at)
    _announce(message, at)
    return message


def _announce(message: Message, at: datetime) -> None:
    posted = MessagePosted(actor_id=message.author_id, message_id=message.pk, cohort_id=message.cohort_id)
    announce_unlogged(posted, at=at)


def _queue(message: Message, why: str, at: datetime) -> None:
    """Send an allowed message to the review queue. Cost  3 statements."""
    found = Detection(message.author_id, "queue", why, {"text": message.text}, kind=MESSAGE, object_key=str(message.pk))
    queue_for_review(found, type="chat", at=at)


def _guard(author: User, cohort_id: int, text: str, at: datetime) -> None:
    if not CohortMembership.objects.filter(cohort=cohort_id, cohort__is_active=True, user=author).exists():
        raise MessageRefused("not_in_cohort", "This chat is for members of the cohort.")
    if author.blocked_at is not None or not author.is_active:
        raise MessageRefused("blocklisted", "This account cannot chat right now.")
    consent = consent_state_of(author, at)
    if consent.practices_alone:
        raise MessageRefused("coppa_no_consent", f"{consent.words.explained} The chat needs a parent's yes.")
    if is_child(author, at) and not Consent.objects.all().with_disclosure_consent([author.pk]):
        raise MessageRefused(
            "coppa_no_consent", "You can read along. To write here, a parent has to sign a form first."
        )
    refusal = rules.message_refusal(text)
    if refusal:
        raise MessageRefused("message_refused", refusal)
    if not allow("chat", str(author.pk), limit=PER_WINDOW, window_s=WINDOW_S):
        raise MessageRefused("rate_limited", "You are sending too fast. Wait a moment, then send it again.")


def _next_number(cohort_id: int) -> int:
    """The next message number; concurrent writers take turns on the counter's row."""
    ChatCounter.objects.get_or_create(cohort_id=cohort_id)
    ChatCounter.objects.filter(cohort=cohort_id).update(last_seq=F("last_seq") + 1)
    return ChatCounter.objects.values_list("last_seq", flat=True).get(cohort=cohort_id)


@transaction.atomic
def hide_message(*, message: Message, at: datetime) -> None:
    """Hide a message from everybody.

    Announces MessageHidden, once.
    """
    keep_hidden(message)
    if Message.objects.filter(pk=message.pk, hidden_at=None).update(hidden_at=at):
        announce(MessageHidden(message_id=message.pk, cohort_id=message.cohort_id), at=at)


def show_message(*, message: Message) -> None:
    """Show a hidden message again; open pages show it when they are loaded."""
    Message.objects.filter(pk=message.pk).update(hidden_at=None)


def mute(*, muter: User, muted_id: int, at: datetime) -> None:
    """Hide a person's messages from the muter; muting again changes nothing."""
    if muter.pk != muted_id:
        ChatMute.objects.get_or_create(muter=muter, muted_id=muted_id, defaults={"at": at})


def unmute_all(*, muter: User) -> None:
    ChatMute.objects.filter(muter=muter).delete()


def hidden_author_ids(viewer: ViewerProfile) -> frozenset[int]:
    """Ids of muted users and of all whom the viewer does not see; 1 query."""
    return frozenset(ChatMute.objects.filter(muter=viewer.id).values_list("muted", flat=True)) | viewer.hidden
