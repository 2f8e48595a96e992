from viral_engine.accounts.models.cohort import Cohort, CohortMembership
from viral_engine.accounts.models.family import Consent, ConsentRequest, Guardianship, is_consent_withdrawn
from viral_engine.accounts.models.friends import Block, Friendship
from viral_engine.accounts.models.guest import Guest
from viral_engine.accounts.models.hidden_row import HiddenRow
from viral_engine.accounts.models.rights import RightsChange
from viral_engine.accounts.models.user import Language, Role, Theme, User
from viral_engine.accounts.models.verification import ConsentFollowUp, ParentVerification

__all__ = [
    "Block",
    "Cohort",
    "CohortMembership",
    "Consent",
    "ConsentFollowUp",
    "ConsentRequest",
    "Friendship",
    "Guardianship",
    "Guest",
    "HiddenRow",
    "Language",
    "ParentVerification",
    "RightsChange",
    "Role",
    "Theme",
    "User",
    "is_consent_withdrawn",
]
