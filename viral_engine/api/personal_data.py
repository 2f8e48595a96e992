"""Personal-data policies of keys, of external ids and of repeated requests."""

from viral_engine.api.models import ApiKey, ApiProgram, ExternalCohort, ExternalPerson, IdempotentRequest
from viral_engine.kernel.privacy.policies import Delete, Keep, PersonPath, Purge, declare

declare(ApiProgram, retention="content", codes="name", reason="A program of the company.")
declare(
    ApiKey,
    retention="content",
    people=(PersonPath("created_by", Keep("The maker of a key, by number: evidence of staff.")),),
    codes="prefix scopes",
    hidden="secret_hash",
)
declare(ExternalPerson, retention="account", people=(PersonPath("user", Delete()),), codes="external_id")
declare(ExternalCohort, retention="content", codes="external_id", reason="A class, by the id of a program.")
declare(
    IdempotentRequest,
    retention="idempotency",
    codes="key request_hash",
    hidden="answer",
    reason="An answer to a program: ids of rows, without names.",
    purges={"idempotency": Purge("created_at")},
)
