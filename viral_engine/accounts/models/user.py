import uuid
from collections.abc import Collection
from datetime import date
from typing import Any, ClassVar, Self

from allauth.account.models import EmailAddress
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q

from viral_engine.accounts import rules
from viral_engine.accounts.events import SignedOut
from viral_engine.accounts.models.fields import MailboxColumn, NameKeyField
from viral_engine.kernel.client_identity import keyed_hash
from viral_engine.kernel.clock import now, today
from viral_engine.kernel.services import announce
from viral_engine.kernel.text.characters import canonical_name
from viral_engine.kernel.text.validators import MAX_PASSWORD, validate_shown_name, validate_username

STAMP_PURPOSE = "password_stamp"
MAX_KEY_LENGTH = 450  # folding case makes up to three letters of one


class Role(models.TextChoices):
    STUDENT = "student", "Learner"
    PARENT = "parent", "Parent"
    TUTOR = "tutor", "Tutor"
    ADMIN = "admin", "Admin"


class Avatar(models.TextChoices):
    """The color behind an initial. There are no photos, so that no child's face is uploaded."""

    VIOLET = "violet", "Violet"
    MINT = "mint", "Mint"
    AMBER = "amber", "Amber"
    CORAL = "coral", "Coral"
    SKY = "sky", "Sky"
    ROSE = "rose", "Rose"


class Theme(models.TextChoices):
    """The site's color themes. The first is free, the others are bought in the rewards shop."""

    VIOLET = "violet", "Violet"
    OCEAN = "ocean", "Ocean"
    FOREST = "forest", "Forest"
    SUNSET = "sunset", "Sunset"


class Language(models.TextChoices):
    """The language of a person's offers, invitations and e-mails; pages are in English."""

    ENGLISH = "en", "English"
    SPANISH = "es", "Español"


COUNTED = Q(is_staff=False, is_superuser=False, is_simulated=False) & ~Q(role=Role.ADMIN)


class UserQuerySet(models.QuerySet["User"]):
    def counted(self) -> Self:
        """People whom growth, referrals and experiments count: neither staff nor simulated."""
        return self.filter(COUNTED)

    def uncounted(self) -> Self:
        return self.filter(~COUNTED)

    def named(self, username: str) -> Self:
        """The one person with this username, in whatever spelling."""
        return self.filter(username_key=username)

    def guardians_of(self, child_id: int) -> Self:
        """The child's parents with an open account and a proven mailbox, the oldest account first."""
        proven = Exists(EmailAddress.objects.filter(user=OuterRef("pk"), verified=True))
        return self.filter(proven, guardianships__child=child_id, is_active=True).order_by("pk")

    def update(self, **changes: Any) -> int:
        """Django's update, which keeps the canonical name beside a username and ends the tickets of an old password."""
        if "username" in changes:
            changes["username_key"] = canonical_name(changes["username"])
        if "password" in changes:
            changes.setdefault("signed_out_at", now())
        return super().update(**changes)


class UserManager(DjangoUserManager["User"]):
    use_in_migrations = False

    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def counted(self) -> UserQuerySet:
        return self.get_queryset().counted()

    def uncounted(self) -> UserQuerySet:
        return self.get_queryset().uncounted()

    def named(self, username: str) -> UserQuerySet:
        return self.get_queryset().named(username)

    def guardians_of(self, child_id: int) -> UserQuerySet:
        return self.get_queryset().guardians_of(child_id)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.named(username or "").get()


class User(AbstractUser):
    """A person with an account. The age is derived from the birthdate and never stored."""

    NAMES = ("username", "first_name", "last_name")
    PREFERENCES = ("presence_visible", "feed_visible", "growth_prompts", "email_updates", "transcription")

    # The same id before and after sign-up: a guest's id moves here.
    person_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    username = models.CharField(
        max_length=150,
        unique=True,
        validators=[validate_username],
        error_messages={"unique": "This name is taken. Try another one."},
    )
    # ADA, ada. and ada in full-width letters are one name.
    username_key = NameKeyField(
        of="username",
        max_length=MAX_KEY_LENGTH,
        unique=True,
        editable=False,
        error_messages={"unique": "This name is taken. Try another one."},
    )
    first_name = models.CharField(max_length=150, blank=True, validators=[validate_shown_name])
    last_name = models.CharField(max_length=150, blank=True, validators=[validate_shown_name])
    email = MailboxColumn("e-mail", null=True, blank=True, unique=True)  # type: ignore[assignment]
    role = models.CharField(max_length=8, choices=Role, default=Role.STUDENT)
    birthdate = models.DateField(null=True, blank=True)
    grade = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    avatar = models.CharField(max_length=8, choices=Avatar, default=Avatar.VIOLET)
    theme = models.CharField(max_length=8, choices=Theme, default=Theme.VIOLET)
    language = models.CharField("language of what I share", max_length=2, choices=Language, default=Language.ENGLISH)
    current_subject = models.SlugField(max_length=40, blank=True, default="")

    presence_visible = models.BooleanField("others see when I am here", default=True)
    feed_visible = models.BooleanField("others see what I did", default=True)
    growth_prompts = models.BooleanField("offer me challenges to share", default=True)
    email_updates = models.BooleanField("send me e-mail", default=True)
    transcription = models.BooleanField("sessions may be transcribed", default=True)

    signup_device = models.CharField(max_length=32, blank=True, default="", editable=False)
    signup_ip_hash = models.CharField(max_length=32, blank=True, default="", editable=False)
    is_simulated = models.BooleanField(
        default=False, editable=False, help_text="A simulated learner for demos, excluded from all counts."
    )
    blocked_at = models.DateTimeField(null=True, blank=True, help_text="When set, sharing and chatting are refused.")
    signed_out_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Socket tokens issued before this time are refused."
    )

    objects: ClassVar[UserManager] = UserManager()
    # Whether a verified parent lets others read the first name; `names.load_disclosures` sets it, and false hides it.
    is_disclosed = False
    _password: str | None  # Django's: a password that was set and not saved yet
    _is_password_removed = False

    class Meta:
        permissions = [("export_person", "Can export everything about a person")]
        constraints = [
            models.CheckConstraint(condition=Q(grade=None) | Q(grade__range=(1, 12)), name="user_grade_in_school"),
            models.CheckConstraint(condition=~Q(email=""), name="user_email_null_not_empty"),
        ]
        indexes = [
            models.Index("signup_device", name="user_device", condition=~Q(signup_device="")),
            models.Index("signup_ip_hash", "date_joined", name="user_ip_joined", condition=~Q(signup_ip_hash="")),
        ]

    def __str__(self) -> str:
        return self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email or None  # many children have none, and it is unique
        named = kwargs.get("update_fields")
        if named is not None and "username" in named:
            kwargs["update_fields"] = {*named, "username_key"}
        if self._state.adding or not (self._password is not None or self._is_password_removed):
            super().save(*args, **kwargs)
            return
        self._save_new_password(*args, **kwargs)

    @transaction.atomic
    def _save_new_password(self, *args: Any, **kwargs: Any) -> None:
        """Save a changed password, and end the sockets and tickets of the old one, from every door.

        Announces SignedOut.
        """
        instant = now()
        self.signed_out_at, self._is_password_removed = instant, False
        if (named := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*named, "signed_out_at"}
        super().save(*args, **kwargs)
        announce(SignedOut(actor_id=self.pk), at=instant)

    def check_password(self, raw_password: str | None) -> bool:
        """Django's check, which spends no time on a password longer than any we take."""
        return len(raw_password or "") <= MAX_PASSWORD and super().check_password(raw_password)

    def set_unusable_password(self) -> None:
        super().set_unusable_password()
        self._is_password_removed = True

    @property
    def password_stamp(self) -> str:
        """A keyed hash of the stored password. A ticket or session that carries it ends with the password."""
        return keyed_hash(STAMP_PURPOSE, self.password)

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Check names when they change: staff can block a person whose old name breaks a new rule."""
        checked = [name for name in self.NAMES if name not in (exclude or ())]
        stored = User.objects.filter(pk=self.pk).values(*checked).first() if checked else None
        unchanged = {name for name, value in (stored or {}).items() if value == self.serializable_value(name)}
        super().clean_fields(exclude={*(exclude or ()), *unchanged})

    def validate_unique(self, exclude: Collection[str] | None = None) -> None:
        """Report another spelling of a taken name at the username, which is the field that forms show."""
        super().validate_unique(exclude=exclude)
        is_checked = "username" not in (exclude or ())
        if is_checked and User.objects.named(self.username).exclude(pk=self.pk).exists():
            raise ValidationError({"username": "This name is taken. Try another one."})

    def age_on(self, day: date) -> int | None:
        return None if self.birthdate is None else rules.age_on(self.birthdate, day)

    @property
    def is_counted(self) -> bool:
        """The rule of `UserQuerySet.counted` for one person."""
        return not (self.is_staff or self.is_superuser or self.is_simulated or self.role == Role.ADMIN)

    @property
    def is_child(self) -> bool:
        """Whether this is a learner under 13, or of unknown age."""
        return self.role == Role.STUDENT and rules.needs_consent(self.age_on(today(now())))

    @property
    def peer_name(self) -> str:
        """The name that other learners read. A child's is the username, unless `load_disclosures` found a consent."""
        is_named = self.is_disclosed or not self.is_child
        return rules.peer_name(first_name=self.first_name, username=self.username, is_named=is_named)

    @property
    def display_name(self) -> str:
        """`peer_name` with the initial of the last name, which a child does not show."""
        name = self.peer_name
        has_initial = self.last_name and name == self.first_name and not self.is_child
        return f"{name} {self.last_name[:1]}." if has_initial else name

    @property
    def private_name(self) -> str:
        """The name for the person, their family, their tutor and staff; never for other learners."""
        return f"{self.first_name} {self.last_name[:1]}.".replace(" .", "") if self.first_name else self.username
