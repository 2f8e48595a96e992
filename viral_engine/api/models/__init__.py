from viral_engine.api.models.keys import ApiKey, ApiProgram
from viral_engine.api.models.people import ExternalCohort, ExternalPerson
from viral_engine.api.models.requests import IdempotentRequest

__all__ = ["ApiKey", "ApiProgram", "ExternalCohort", "ExternalPerson", "IdempotentRequest"]
