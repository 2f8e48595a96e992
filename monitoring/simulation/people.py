"""Enroll simulated people: guests who sign up through the service, in classes behind one address each."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from loops.models import Link
from monitoring.simulation.plan import Habits
from viral_engine.accounts.models import Cohort, Guardianship, Guest, Role, User
from viral_engine.accounts.services.cohorts import join_cohort, save_cohort
from viral_engine.accounts.services.consent import give_consent
from viral_engine.accounts.services.guests import create_guest
from viral_engine.accounts.services.mailboxes import prove
from viral_engine.accounts.services.sign_up import SignUpDetails, sign_up
from viral_engine.kernel.client_identity import keyed_hash
from viral_engine.kernel.clock import today
from viral_engine.learning.models import TutorStudent

CLASS_SIZE = 25
LEARNER_AGE, CHILD_AGE, ADULT_AGE = 14, 10, 40
STUDENTS_A_TUTOR = 3
JOINED_BEFORE_DAYS = 40.0
PASSWORD = "simulated-horse-9"  # noqa: S105  (of a scratch database)


@dataclass(slots=True)
class Resident:
    """A simulated person: account, browser, network and character."""

    user: User
    device: str
    network: str
    strength: float = 0.7  # share of right answers
    generation: int = 0
    is_child: bool = False
    has_consent: bool = True
    is_cheat: bool = False

    @property
    def id(self) -> int:
        return self.user.pk


@dataclass(slots=True)
class Residents:
    """Everybody of the school, in the order in which they joined."""

    dice: Random
    habits: Habits
    learners: list[Resident] = field(default_factory=list)
    parents: list[Resident] = field(default_factory=list)
    tutors: list[Resident] = field(default_factory=list)
    with_parents: list[Resident] = field(default_factory=list)
    numbers: int = 0

    def uuid(self) -> UUID:
        return UUID(int=self.dice.getrandbits(128), version=4)

    def device(self) -> str:
        return keyed_hash("device", str(self.dice.getrandbits(64)))

    def network(self) -> str:
        return keyed_hash("ip", str(self.dice.getrandbits(64)))

    def visitor(self, *, at: datetime, device: str = "", network: str = "", link: Link | None = None) -> Guest:
        """A person without an account, whose id comes from the seed."""
        return create_guest(
            device=device or self.device(),
            ip_hash=network or self.network(),
            link_code=link.code if link else "",
            at=at,
            form_id=self.uuid(),
        )

    def join(
        self, guest: Guest, *, role: str, age: int, at: datetime, mail_domain: str = "example.com", generation: int = 0
    ) -> Resident:
        """Sign a visitor up, and prove the mailbox; a child under 13 has none."""
        self.numbers += 1
        name = f"sim{self.numbers}"
        is_child = age == CHILD_AGE
        details = SignUpDetails(
            role=role,
            birthdate=today(at).replace(year=at.year - age, month=1, day=2),
            password=PASSWORD,
            username=name,
            first_name="" if is_child else "Sim",
            email="" if is_child else f"{name}@{mail_domain}",
            grade=(4 if is_child else 8) if role == Role.STUDENT else None,
            parent_email=f"parent-of-{name}@example.com" if is_child else "",
        )
        user = sign_up(person=details, guest=guest, device=guest.device, ip_hash=guest.ip_hash, at=at)
        if user.email:
            prove(user=user, mailbox=user.email, is_password_theirs=True, at=at)
        strength = self.dice.uniform(0.55, 0.95)
        one = Resident(user, guest.device, guest.ip_hash, strength, generation, is_child, has_consent=not is_child)
        {Role.STUDENT: self.learners, Role.PARENT: self.parents, Role.TUTOR: self.tutors}[Role(role)].append(one)
        return one

    # -- The school at the start -----------------------------------------------------------------------------
    def enroll(self, count: int, start: datetime) -> None:
        """Create the school: classes of learners, each behind one address, their parents, and tutors."""
        parents, tutors = round(count * self.habits.parents), round(count * self.habits.tutors)
        for number in range(count - parents - tutors):
            self._learner(number, start)
        for number in range(parents):
            self._parent(number, start)
        for _ in range(tutors):
            self._tutor(start)

    def _before(self, start: datetime) -> datetime:
        return start - timedelta(days=1 + JOINED_BEFORE_DAYS * self.dice.random())

    def _learner(self, number: int, start: datetime) -> None:
        at, classroom = self._before(start), number // CLASS_SIZE
        network = keyed_hash("ip", f"school {classroom}")
        age = CHILD_AGE if self.dice.random() < self.habits.children else LEARNER_AGE
        one = self.join(self.visitor(at=at, network=network), role=Role.STUDENT, age=age, at=at)
        one.is_cheat = not one.is_child and self.dice.random() < self.habits.cheats
        name = f"Class {classroom + 1}"
        cohort = Cohort.objects.filter(name=name).first()
        if cohort is None:
            save_cohort(cohort=(cohort := Cohort()), name=name, grade=None, is_active=True)
        join_cohort(cohort=cohort, user=one.user, at=at)

    def _parent(self, number: int, start: datetime) -> None:
        """A parent of one learner; parents of children come first, so that some children have consent."""
        at, child = self._before(start), self._child_of(number)
        one = self.join(self.visitor(at=at), role=Role.PARENT, age=ADULT_AGE, at=at)
        Guardianship.objects.create(parent=one.user, child=child.user, created_at=at)
        self.with_parents.append(child)
        agrees = child.is_child and self.dice.random() < self.habits.consents
        if agrees:
            give_consent(parent=one.user, child=child.user, kind="coppa", method="email_plus", ip_hash="", at=at)
            child.has_consent = True
        if (agrees or not child.is_child) and self.dice.random() < self.habits.shares_progress:
            give_consent(parent=one.user, child=child.user, kind="ferpa", method="password", ip_hash="", at=at)

    def _child_of(self, number: int) -> Resident:
        families = sorted(self.learners, key=lambda one: (not one.is_child, one.id))
        return families[number % len(families)]

    def _tutor(self, start: datetime) -> None:
        at = self._before(start)
        one = self.join(self.visitor(at=at), role=Role.TUTOR, age=ADULT_AGE, at=at)
        adults = [learner for learner in self.learners if not learner.is_child]
        for learner in self.dice.sample(adults, min(STUDENTS_A_TUTOR, len(adults))):
            TutorStudent.objects.create(tutor=one.user, student=learner.user, created_at=at)
