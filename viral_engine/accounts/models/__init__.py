from viral_engine.accounts.models.cohort import Cohort, CohortMembership
from viral_engine.accounts.models.family import Consent, ConsentRequest, Guardianship
from viral_engine.accounts.models.friends import Block, Friendship
from viral_engine.accounts.models.guest import Guest
from viral_engine.accounts.models.hidden_row import HiddenRow
from viral_engine.accounts.models.rights import RightsChange
from viral_engine.accounts.models.user import Language, Role, Theme, User

__all__ = [
    "Block",
    "Cohort",
    "CohortMembership",
    "Consent",
    "ConsentRequest",
    "Friendship",
    "Guardianship",
    "Guest",
    "HiddenRow",
    "Language",
    "RightsChange",
    "Role",
    "Theme",
    "User",
]
