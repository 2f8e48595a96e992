from viral_engine.accounts.views.family import answer_consent, family, withdraw
from viral_engine.accounts.views.settings import preferences
from viral_engine.accounts.views.sign_up import birthdate, details

__all__ = ["answer_consent", "birthdate", "details", "family", "preferences", "withdraw"]
