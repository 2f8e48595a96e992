"""The retention table: each class of data with its purpose and period. The page /privacy/ is drawn from it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

DAY = timedelta(days=1)
OVERDUE_AFTER = 2 * DAY  # a class is overdue when its oldest row is this much older than its period


@dataclass(frozen=True, slots=True)
class RetentionClass:
    """One line of the published policy. Without a period the data ends with `until`, which completes "We keep it"."""

    key: str
    title: str
    purpose: str
    period: timedelta | None = None
    until: str = ""

    @property
    def kept_for(self) -> str:
        """When the data ends, in words: "30 days", "until the account is deleted"."""
        if self.period is None:
            return self.until
        days = self.period // DAY
        if days % 365 == 0:
            return "1 year" if days == 365 else f"{days // 365} years"  # noqa: PLR2004  (days of a year)
        return f"{days} day{'' if days == 1 else 's'}"  # also in 24 hours: 1 day


@dataclass(frozen=True, slots=True)
class OldestRow:
    """The oldest row of one class that a purge will reach, as the last purge saw it."""

    kind: RetentionClass
    oldest_at: datetime | None

    def age(self, at: datetime) -> timedelta:
        return at - self.oldest_at if self.oldest_at is not None else timedelta()

    def is_overdue(self, at: datetime) -> bool:
        return self.kind.period is not None and self.age(at) > self.kind.period + OVERDUE_AFTER


ACCOUNT = "until the account is deleted"
RETENTION = {
    line.key: line
    for line in (
        RetentionClass("account", "Your account", "To know you when you log in.", until=ACCOUNT),
        RetentionClass(
            "family",
            "Families and consents",
            "To know which parent decides for which child, and to prove what a parent agreed to.",
            until="as long as the account, and the proof of consent without names after it",
        ),
        RetentionClass(
            "learning",
            "Answers, scores, streaks and badges",
            "To show a learner what they can do and what to practice next.",
            until="until the account is deleted; then only numbers without a name are left",
        ),
        RetentionClass(
            "rewards",
            "Rewards, invitations and their sums",
            "To pay each reward once, and to add up.",
            until="until the account is deleted; then only numbers without a name are left",
        ),
        RetentionClass(
            "unconsented",
            "A child's sign-up that no parent has agreed to",
            "To ask a parent.",
            7 * DAY,
        ),
        RetentionClass(
            "inactive",
            "A child's account that nobody uses",
            "To let a child come back after a break. We write to the parent 30 days before we delete it.",
            365 * DAY,
        ),
        RetentionClass("sessions", "Log-ins", "To keep you logged in.", 7 * DAY),
        RetentionClass("addresses", "Hashed network addresses", "To notice many accounts from one place.", 30 * DAY),
        RetentionClass(
            "guests", "Traces of visitors without an account", "To continue a visitor's practice.", 90 * DAY
        ),
        RetentionClass("chat", "Messages in cohort rooms", "To let a cohort read what it talked about.", 30 * DAY),
        RetentionClass("activities", "The feed", "To show friends what happened lately.", 180 * DAY),
        RetentionClass(
            "transcripts", "Transcripts of tutoring sessions", "To write the summary of a session.", 90 * DAY
        ),
        RetentionClass(
            "summaries",
            "Summaries of tutoring sessions",
            "To let a learner look back, until 30 days after the course. A course ends 90 days after its last session.",
            120 * DAY,
        ),
        RetentionClass(
            "presence",
            "Who is here right now",
            "To show that others practice too. It is never written to a disk table.",
            until="while the page is open, and 10 minutes for missed messages",
        ),
        RetentionClass("rights", "Notes that a right changed, by number", "To end open pages at once.", DAY),
        RetentionClass("events", "Log of what happened, by number", "To count, and to repair counts.", 90 * DAY),
        RetentionClass(
            "decisions", "Log of automatic decisions, by number", "To explain why you saw an offer.", 90 * DAY
        ),
        RetentionClass("touches", "Clicks on shared links", "To know which link brought a friend.", 90 * DAY),
        RetentionClass("offers", "Offers that were shown", "To not ask too often.", 90 * DAY),
        RetentionClass(
            "mail", "E-mails about your account", "To send each e-mail. Its text ends once it is sent.", 7 * DAY
        ),
        RetentionClass("notifications", "Your notifications", "To show you what happened lately.", 90 * DAY),
        RetentionClass("notices", "E-mails we sent about a child", "To send each e-mail once.", 30 * DAY),
        RetentionClass("bookings", "Contact data in requests for a class", "To let the tutor answer.", 90 * DAY),
        RetentionClass("recaps", "Weekly recaps", "To let a parent look back at a school year.", 365 * DAY),
        RetentionClass("idempotency", "Keys against doing a thing twice", "To do each thing once.", 7 * DAY),
        RetentionClass("operations", "Health checks and alerts", "To keep the site running.", 90 * DAY),
        RetentionClass("audit", "Log of what staff and parents did", "To prove who did what.", 2 * 365 * DAY),
        RetentionClass(
            "experiments",
            "Results of A/B tests, by random number",
            "To find out which version helps learners.",
            until="as long as the test is documented; no name is stored with it",
        ),
        RetentionClass("statistics", "Daily sums", "To see how the site grows.", until="for good; they name nobody"),
        RetentionClass(
            "content", "Questions, subjects and settings", "To run the site.", until="for good; they name nobody"
        ),
        RetentionClass(
            "suppression",
            "Mailboxes that want no e-mail, as hashes",
            "To never write to them again.",
            until="for good, because the opt-out holds for good",
        ),
        RetentionClass(
            "deletions",
            "List of deleted accounts, by number",
            "To delete again when a backup is restored.",
            until="for good; it names nobody",
        ),
        RetentionClass(
            "backups",
            "Backups",
            "To survive a broken disk.",
            until="at most 35 days; deletions are repeated after a restore",
        ),
    )
}
