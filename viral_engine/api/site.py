"""The API as one object: its routes, its errors, and its OpenAPI document."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Swagger
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from viral_engine.api import problems
from viral_engine.api.problems import CONTENT_TYPE, Refusal
from viral_engine.api.routes import facts, inbound, links, people, site_numbers
from viral_engine.api.rules import MAX_BODY
from viral_engine.api.schemas.base import Problem
from viral_engine.kernel.agent_failures import AgentFailed, store_failure
from viral_engine.kernel.database_gate import gate, is_outage

# Every operation may answer with these; 422 is a body or a parameter of the wrong shape.
ERRORS = {
    400: "The body is not JSON, or the idempotency key is not valid.",
    401: "The key is missing, wrong, expired or revoked.",
    403: "The key lacks the scope, or the person is not open to the program.",
    404: "There is no such thing, or no such person.",
    409: "The idempotency key belongs to another request, or the request is still being answered.",
    413: "The body is too large.",
    422: "A body or a parameter is not valid.",
    429: "Too many requests; `Retry-After` says how long to wait.",
    503: "The site cannot answer right now; try again.",
}


class ProblemApi(NinjaAPI):
    """An API whose errors are `application/problem+json`, in its document too."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        document = super().get_openapi_schema(**options)
        document["components"].setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
        content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for methods in document["paths"].values():
            for operation in methods.values():
                for status, description in ERRORS.items():
                    operation["responses"][status] = {"description": description, "content": content}
        return document


api = ProblemApi(
    title="Viral growth engine",
    version="1.0.0",
    urls_namespace="api_v1",
    description="Events in, facts out. Keys are made in the admin; docs/api.md explains the rest.",
    docs=Swagger(settings={"persistAuthorization": False, "validatorUrl": None}),
)
for router in (inbound.router, people.router, facts.router, links.router, site_numbers.router):
    api.add_router("", router)


@api.exception_handler(Refusal)
def refused(_: HttpRequest, refusal: Refusal) -> HttpResponse:
    return problems.answer(refusal)


@api.exception_handler(AgentFailed)
def without_agent(_: HttpRequest, failed: AgentFailed) -> HttpResponse:
    """Store the decision that its transaction took with it, and ask the program to come again."""
    store_failure(failed.decision)
    return problems.answer(Refusal(503, "unavailable"))


@api.exception_handler(ValidationError)
def not_valid(_: HttpRequest, error: ValidationError) -> HttpResponse:
    found = [{"at": ".".join(map(str, one["loc"])), "reason": one["msg"]} for one in error.errors]
    return problems.answer(Refusal(422, "invalid", errors=found))


@api.exception_handler(HttpError)
def not_readable(_: HttpRequest, __: HttpError) -> HttpResponse:
    return problems.answer(Refusal(400, "not_json"))


@api.exception_handler(RequestDataTooBig)
def too_large(_: HttpRequest, __: RequestDataTooBig) -> HttpResponse:
    return problems.answer(Refusal(413, "body_too_large", f"Send at most {MAX_BODY} bytes."))


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def without_database(_: HttpRequest, error: Exception) -> HttpResponse:
    """503 where the database cannot be reached; any other error of it is a bug of ours."""
    if not is_outage(error):
        raise error
    gate.report()
    return problems.answer(problems.unavailable())
