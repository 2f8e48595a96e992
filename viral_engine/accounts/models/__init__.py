from viral_engine.accounts.models.cohort import Cohort, CohortMembership
from viral_engine.accounts.models.family import Consent, ConsentRequest, Guardianship, is_consent_withdrawn
from viral_engine.accounts.models.friends import Block, Friendship
from viral_engine.accounts.models.guest import Guest
from viral_engine.accounts.models.hidden_row import HiddenRow
from viral_engine.accounts.models.names import load_disclosures
from viral_engine.accounts.models.privacy import BirthdateCorrection, Erasure, InactivityNotice
from viral_engine.accounts.models.rights import RightsChange
from viral_engine.accounts.models.school import Disclosure, School, SchoolRequest, is_pupil_of_contract_school
from viral_engine.accounts.models.user import Language, Role, Theme, User
from viral_engine.accounts.models.verification import ConsentFollowUp, ParentVerification

__all__ = [
    "BirthdateCorrection",
    "Block",
    "Cohort",
    "CohortMembership",
    "Consent",
    "ConsentFollowUp",
    "ConsentRequest",
    "Disclosure",
    "Erasure",
    "Friendship",
    "Guardianship",
    "Guest",
    "HiddenRow",
    "InactivityNotice",
    "Language",
    "ParentVerification",
    "RightsChange",
    "Role",
    "School",
    "SchoolRequest",
    "Theme",
    "User",
    "is_consent_withdrawn",
    "is_pupil_of_contract_school",
    "load_disclosures",
]
