from viral_engine.accounts.models.cohort import Cohort, CohortMembership
from viral_engine.accounts.models.family import Consent, ConsentRequest, Guardianship
from viral_engine.accounts.models.friends import Block, Friendship
from viral_engine.accounts.models.guest import Guest
from viral_engine.accounts.models.privacy import BirthdateCorrection, Erasure, InactivityNotice
from viral_engine.accounts.models.school import Disclosure, School, SchoolRequest
from viral_engine.accounts.models.user import Language, Role, Theme, User

__all__ = [
    "BirthdateCorrection",
    "Block",
    "Cohort",
    "CohortMembership",
    "Consent",
    "ConsentRequest",
    "Disclosure",
    "Erasure",
    "Friendship",
    "Guardianship",
    "Guest",
    "InactivityNotice",
    "Language",
    "Role",
    "School",
    "SchoolRequest",
    "Theme",
    "User",
]
