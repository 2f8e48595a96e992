"""Expected growth counts, computed from the whole event log, and the counts that the rollups hold.

The oracle shares no code with the rollups: it reads every event of every table, one fact at a time.
"""

from collections import Counter, defaultdict
from datetime import datetime, timedelta

from loops.models import Link, Touch
from monitoring.models import ExcludedPerson, GrowthCount
from viral_engine.accounts.models import Guest, User
from viral_engine.kernel.models import LoggedEvent

Amounts = dict[tuple[str, str, str, str, str], int]


LOOPS = ("buddy_challenge", "results_rally")
FORTNIGHT = timedelta(days=14)


def counted() -> Amounts:
    rows = GrowthCount.objects.exclude(amount=0).values_list("measure", "on", "loop", "persona", "part", "amount")
    return {(measure, str(on), name, who, part): amount for measure, on, name, who, part, amount in rows}


def amount(measure: str, **only: str) -> int:
    names = ("measure", "on", "loop", "persona", "part")
    wanted = only | {"measure": measure}
    return sum(
        total
        for key, total in counted().items()
        if all(value == wanted[name] for name, value in zip(names, key, strict=True) if name in wanted)
    )


class Oracle:
    """The whole log, read once and counted in the plainest way."""

    def __init__(self) -> None:
        self.out = set(ExcludedPerson.objects.values_list("user_id", flat=True))
        self.users = {user.pk: user for user in User.objects.all()}
        self.links = {link.code: link for link in Link.objects.all()}
        self.touches = list(Touch.objects.order_by("clicked_at", "pk"))
        self.guests = {str(guest.pk): guest for guest in Guest.objects.all()}
        valid = [event for event in LoggedEvent.objects.order_by("at", "pk") if not event.is_invalid]
        self.events = [event for event in valid if self.is_real(event)]
        self.found: Counter[tuple[str, str, str, str, str]] = Counter()

    def is_real(self, event: LoggedEvent) -> bool:
        is_through = event.type in {"link_clicked", "guest_started", "fvm_reached", "signup_attributed"}
        link = self.links.get(event.link_code) if is_through else None
        return event.actor_id not in self.out and (link is None or link.referrer_id not in self.out)

    def role(self, user_id: int | None) -> str:
        return self.users[user_id].role if user_id in self.users else ""

    def add(self, measure: str, at: datetime, name: str, persona: str, part: str = "", by: int = 1) -> None:
        self.found[measure, str(at.date()), name, persona, part] += by

    def of(self, *kinds: str) -> list[LoggedEvent]:
        return [event for event in self.events if event.type in kinds]

    def clicks(self, event: LoggedEvent) -> list[Touch]:
        who = event.properties.get("person_id") or event.guest_id or str(self.users[event.actor_id or 0].person_id)
        return [
            one
            for one in self.touches
            if one.link.code == event.link_code and one.visitor == who and one.clicked_at <= event.at
        ]

    def amounts(self) -> Amounts:
        self.count_events()
        joined = self.count_members()
        self.count_referrers(joined, self.count_referees())
        return {key: total for key, total in self.found.items() if total}

    def count_events(self) -> None:
        for event in self.events:
            link = self.links.get(event.link_code)
            if event.type in {"link_clicked", "guest_started", "fvm_reached", "signup_attributed"} and link:
                clicks = [] if event.type == "link_clicked" else self.clicks(event)
                part = event.properties.get("channel", "") or (clicks[-1].channel if clicks else "")
                self.add(event.type, event.at, link.loop_id, self.role(link.referrer_id), part)
            elif event.type == "invite_sent":
                part = event.properties["channel"]
                self.add(event.type, event.at, event.properties["loop"], self.role(event.actor_id), part)
            else:
                part = "guest" if event.actor_id is None else ""
                self.add(event.type, event.at, event.properties.get("loop", ""), self.role(event.actor_id), part)

    def attributions(self) -> dict[int, LoggedEvent]:
        found: dict[int, LoggedEvent] = {}
        for event in self.of("signup_attributed"):
            if event.properties["referrer_id"] not in self.out:
                found.setdefault(event.actor_id or 0, event)
        return found

    def generation(self, user_id: int, attributed: dict[int, LoggedEvent]) -> int:
        if user_id not in attributed or user_id in self.out:
            return 0
        return 1 + self.generation(attributed[user_id].properties["referrer_id"], attributed)

    def count_members(self) -> dict[int, LoggedEvent]:
        attributed = self.attributions()
        days = {
            (event.actor_id, event.at.date())
            for event in self.of("practice_completed", "practice_started")
            if event.actor_id
        }
        for user_id, on in days:
            self.found["active", str(on), "", self.role(user_id), ""] += 1
        done = set()
        for event in self.of("account_created"):
            if event.actor_id in done:
                continue
            done.add(event.actor_id)
            brought = attributed.get(event.actor_id or 0)
            name, part = (brought.properties["loop"], "referred") if brought else ("", "organic")
            self.add("joined", event.at, name, self.role(event.actor_id), part)
            for after in (1, 7, 28):
                if (event.actor_id, event.at.date() + timedelta(days=after)) in days:
                    self.add(f"back_{after}", event.at, name, self.role(event.actor_id), part)
        return attributed

    def count_referees(self) -> dict[tuple[int, str], list[datetime]]:
        attributed, referees = self.attributions(), defaultdict(list)
        for event in self.of("fvm_reached"):
            link = self.links.get(event.link_code)
            if link is None:
                continue
            guest = self.guests.get(event.guest_id)
            user_id = event.actor_id or (guest.user_id if guest else None)
            brought = attributed.get(user_id or 0)
            if event.actor_id:
                is_new = brought is not None and brought.properties["referrer_id"] == link.referrer_id
            else:
                is_same = user_id is not None and str(self.users[user_id].person_id) == event.guest_id
                is_new = user_id is None or (is_same and brought is not None)
            if not is_new or user_id == link.referrer_id or user_id in self.out:
                continue
            clicks = self.clicks(event)
            role = self.role(link.referrer_id)
            self.add("joiner", event.at, link.loop_id, role, clicks[-1].channel if clicks else "")
            referees[link.referrer_id, link.loop_id].append(event.at)
        return referees

    def count_referrers(
        self, attributed: dict[int, LoggedEvent], referees: dict[tuple[int, str], list[datetime]]
    ) -> None:
        for user_id in {event.actor_id for event in self.of("loop_exposed")}:
            for name in ("", *LOOPS):
                shown = [
                    event.at
                    for event in self.of("loop_exposed")
                    if event.actor_id == user_id and name in {"", event.properties["loop"]}
                ]
                if shown:
                    self.count_referrer(user_id or 0, name, min(shown), attributed, referees)

    def count_referrer(
        self,
        user_id: int,
        name: str,
        start: datetime,
        attributed: dict[int, LoggedEvent],
        referees: dict[tuple[int, str], list[datetime]],
    ) -> None:
        def within(at: datetime) -> bool:
            return start <= at < start + FORTNIGHT

        invites = [
            event
            for event in self.of("invite_sent")
            if event.actor_id == user_id and name in {"", event.properties["loop"]} and within(event.at)
        ]
        came = [at for (who, how), times in referees.items() if who == user_id and name in {"", how} for at in times]
        came = [at for at in came if within(at)]
        ups = [
            event
            for event in attributed.values()
            if event.properties["referrer_id"] == user_id and name in {"", event.properties["loop"]}
        ]
        sign_ups = len([event for event in ups if within(event.at)])
        part, role = str(self.generation(user_id, attributed)), self.role(user_id)
        amounts = {"k_people": 1, "k_inviting": int(bool(invites)), "k_invites": len(invites), "k_joiners": len(came)}
        amounts |= {"k_joiners_squared": len(came) ** 2, "k_sign_ups": sign_ups, "k_sign_ups_squared": sign_ups**2}
        for measure, total in amounts.items():
            self.add(measure, start, name, role, part, total)
        for at in came:
            self.add("k_age", start, name, role, f"{(at - start).days:02d}")
