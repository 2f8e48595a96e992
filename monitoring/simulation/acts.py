"""Acts of residents and their friends, one a function; each runs at its time on the school's clock."""

from datetime import datetime, timedelta

from loops.buddy_challenge.services import accept_challenge
from loops.core.decks import try_deck
from loops.core.growth_emails import mailbox_hashes, opt_out
from loops.core.links import is_open, record_touch
from loops.core.prompts import dismiss_prompt, record_share, show_prompt
from loops.models import Link, Prompt
from loops.results_rally.services import join_rally
from monitoring.simulation import learning
from monitoring.simulation.people import ADULT_AGE, LEARNER_AGE, Resident
from monitoring.simulation.plan import DISMISS_RATE, EXPERIMENT, LOOK_RATE, LOOPS, SIGN_UP_RATE
from monitoring.simulation.school import HOUR, SchoolRun, make_recaps
from viral_engine.accounts.models import Guest, Role
from viral_engine.accounts.services.preferences import set_preferences
from viral_engine.learning.models import Attempt
from viral_engine.safety.services import ActionRefused

DAY, WEEK = timedelta(days=1), timedelta(days=7)
CHANNELS = ("copy", "sms", "whatsapp", "email", "system")
CHANNEL_WEIGHTS = (20, 30, 28, 8, 14)
SESSIONS_A_WEEK = 2
# Together under 48 hours, the life of a challenge: every friend finds it open.
MAX_WAIT, INVITED_WITHIN_H, COMES_WITHIN_H = timedelta(hours=20), 8.0, 18.0
SELF_INVITES = 3
SAME_DEVICE_RATE = 0.85  # the others hide among classmates at the school's address
SLOW = timedelta(minutes=5)


def begin(run: SchoolRun, start: datetime) -> None:
    """Plan everyone's first day and week."""
    for one in run.residents.with_parents:  # so that their parents' first Monday has a recap
        learning.practice(one, run.dice.choice(run.skills), run.dice, start - timedelta(days=2))
    for one in run.residents.learners:
        run.later(start + run.hours(8, 20), live, one)
        run.later(start + run.hours(24, 7 * 24), stop_offers, one)
    for one in run.residents.parents:
        run.later(start + run.hours(10, 20), read_recap, one)
    for one in run.residents.tutors:
        for _ in range(SESSIONS_A_WEEK):
            run.later(start + run.hours(10, 6 * 24), give_session, one)
    run.later(start + 7 * HOUR, make_recaps)
    for _ in range(round(run.plan.users * run.plan.days * run.plan.habits.finds_us)):
        run.later(start + run.hours(0, 24 * run.plan.days - 2), find_the_site)


def find_the_site(run: SchoolRun, at: datetime) -> None:
    """A learner comes without a link, signs up and lives on."""
    one = run.residents.join(run.residents.visitor(at=at), role=Role.STUDENT, age=LEARNER_AGE, at=at)
    run.later(at + HOUR, live, one)


# -- Members -----------------------------------------------------------------------------------------------------
def live(run: SchoolRun, at: datetime, one: Resident) -> None:
    """A learner's day: maybe a practice or a test, then a visit to its result an hour later."""
    habits = run.plan.habits
    chance = habits.referred_practice if one.generation else habits.practice
    if run.dice.random() < chance:
        if run.dice.random() < habits.tests:
            learning.take_test(one, run.subject, run.dice, at)
        else:
            learning.practice(one, run.dice.choice(run.skills), run.dice, at)
        run.later(at + HOUR, visit, one)
    if run.is_open(at + DAY):
        run.later(at + DAY, live, one)


def read_recap(run: SchoolRun, at: datetime, one: Resident) -> None:
    """A parent's Monday: look at the recap; a few opt out of growth e-mail."""
    visit(run, at, one)
    if run.dice.random() < run.plan.habits.opts_out and one.user.email:
        mailbox = mailbox_hashes(one.user.email)[0]
        run.counts["mail_off"] += opt_out(user_id=one.id, mailbox=mailbox, source="link", at=at)
    if run.is_open(at + WEEK):
        run.later(at + WEEK, read_recap, one)


def stop_offers(run: SchoolRun, at: datetime, one: Resident) -> None:
    """A few learners switch offers off."""
    if run.dice.random() < run.plan.habits.opts_out:
        set_preferences(user=one.user, avatar=one.user.avatar, at=at, growth_prompts=False)
        run.counts["offers_off"] += 1


def give_session(run: SchoolRun, at: datetime, one: Resident) -> None:
    """A tutor's session; five stars bring an offer."""
    if learning.teach(one, run.subject, run.dice, at, five_stars=run.plan.habits.five_stars):
        run.later(at + HOUR, visit, one)
    if run.is_open(at + WEEK):
        run.later(at + WEEK, give_session, one)


# -- Offers ------------------------------------------------------------------------------------------------------
def visit(run: SchoolRun, at: datetime, one: Resident) -> None:
    """Look at the newest offer, and share or not."""
    waiting = Prompt.objects.filter(user=one.id, shown_at=None, offered_at__gt=at - MAX_WAIT).open()
    prompt = waiting.order_by("-offered_at", "-pk").first_with_details()
    if prompt is None or not run.is_open(at):
        return
    show_prompt(prompt=prompt, at=at)
    if prompt.loop_id in LOOPS:
        respond(run, at, one, prompt)


def respond(run: SchoolRun, at: datetime, one: Resident, prompt: Prompt) -> None:
    """Share after the first offer of a loop, as planted; a cheat also follows their own link."""
    behavior, link = LOOPS[prompt.loop_id], prompt.link
    arm = next((str(one["arm"]) for one in link.arms if one["experiment"] == EXPERIMENT), "")
    run.counts["child_without_consent"] += not one.has_consent
    if not run.note_exposure(one, behavior, arm):
        return
    if run.dice.random() < behavior.share_rate_of(arm):
        for _ in range(1 + run.poisson(behavior.invites - 1)):
            run.later(at + run.hours(0.2, INVITED_WITHIN_H), invite, one, link, behavior.join_rate)
    elif run.dice.random() < DISMISS_RATE:
        dismiss_prompt(prompt=prompt, at=at)
    if one.is_cheat and prompt.loop_id == "buddy_challenge":
        for number in range(SELF_INVITES):
            run.later(at + (1 + number) * HOUR, invite_self, one, link)


def invite(run: SchoolRun, at: datetime, one: Resident, link: Link, join_rate: float) -> None:
    """Share once, as trust and safety allows; a friend may come within a day."""
    channel = run.dice.choices(CHANNELS, CHANNEL_WEIGHTS)[0]
    key = run.residents.uuid()
    try:
        record_share(link=link, user=one.user, channel=channel, key=key, at=at)
    except ActionRefused:
        run.counts["invites_refused"] += 1
        return
    comes = run.dice.random() < join_rate
    if comes or run.dice.random() < LOOK_RATE:
        run.later(at + run.hours(0.5, COMES_WITHIN_H), arrive, one, link, channel, comes)


# -- Friends -----------------------------------------------------------------------------------------------------
def arrive(run: SchoolRun, at: datetime, referrer: Resident, link: Link, channel: str, plays: bool) -> None:  # noqa: FBT001
    """A friend opens the link; one who plays reaches a first value, and may sign up an hour later."""
    if not is_open(link, at):
        run.counts["closed_links"] += 1
        return
    guest = _click(run, at, link, channel)
    if not plays:
        return
    attempt = _start(link, guest, at)
    learning.answer_first(attempt, at + timedelta(seconds=40))
    if run.dice.random() < SIGN_UP_RATE:
        if attempt.deck_id is not None:
            learning.finish(attempt, run.dice.uniform(0.6, 1), run.dice, at + timedelta(minutes=1))
        run.later(at + HOUR, sign_up, referrer, link, guest)


def _click(run: SchoolRun, at: datetime, link: Link, channel: str, *, device: str = "", network: str = "") -> Guest:
    guest = run.residents.visitor(at=at, device=device, network=network, link=link)
    visitor = str(guest.pk)
    record_touch(link=link, visitor=visitor, guest_id=visitor, user_id=None, channel=channel, campaign="", at=at)
    return guest


def _start(link: Link, guest: Guest, at: datetime) -> Attempt:
    """Start what the link offers, by its loop's own service."""
    if link.loop_id == "buddy_challenge":
        return accept_challenge(challenge=link.challenge, owner=guest, at=at)
    if link.loop_id == "results_rally":
        return join_rally(rally=link.rally, owner=guest, at=at)
    deck = link.recap_share.deck if link.loop_id == "proud_parent" else link.spotlight.deck
    return try_deck(link=link, deck=deck, owner=guest, at=at)


def sign_up(run: SchoolRun, at: datetime, referrer: Resident, link: Link, guest: Guest) -> None:
    """The friend gets an account, and lives on."""
    is_adult = link.loop_id in {"proud_parent", "tutor_spotlight"}
    role, age = (Role.PARENT, ADULT_AGE) if is_adult else (Role.STUDENT, LEARNER_AGE)
    one = run.residents.join(guest, role=role, age=age, at=at, generation=referrer.generation + 1)
    run.honest_ids.append(one.id)
    if role == Role.STUDENT and run.is_open(at + HOUR):
        run.later(at + run.hours(12, 36), live, one)


def invite_self(run: SchoolRun, at: datetime, one: Resident, link: Link) -> None:
    """A cheat follows their own link in a private window: their device or their network, and a throwaway mailbox."""
    if not is_open(link, at):
        return
    device = one.device if run.dice.random() < SAME_DEVICE_RATE else ""
    guest = _click(run, at, link, "copy", device=device, network=one.network)
    learning.finish(_start(link, guest, at), 1.0, run.dice, at)
    twin = run.residents.join(guest, role=Role.STUDENT, age=LEARNER_AGE, at=at + SLOW, mail_domain="mailinator.com")
    run.cheat_ids.append(twin.id)
