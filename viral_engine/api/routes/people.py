from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from viral_engine.accounts.models import User
from viral_engine.accounts.services.cohorts import join_cohort, leave_cohort
from viral_engine.api.auth import ApiRequest, KeyWith
from viral_engine.api.models import ApiProgram, ExternalCohort
from viral_engine.api.paging import page_of
from viral_engine.api.problems import Refusal
from viral_engine.api.queries import known_person, person_states
from viral_engine.api.routes.params import Cursor, Key, Limit
from viral_engine.api.schemas.people import (
    CohortBody,
    CohortList,
    CohortReply,
    ImportReport,
    PersonBody,
    PersonList,
    PersonReply,
)
from viral_engine.api.services.idempotency import answer_once
from viral_engine.api.services.imports import import_people, import_roster
from viral_engine.api.services.people import cohort_of, upsert_cohort, upsert_person
from viral_engine.kernel.clock import now

router = Router(tags=["People and cohorts"])


def replies(program: ApiProgram, people: dict[str, User]) -> list[PersonReply]:
    """People by external id, as the program reads them. 2 queries, 1 more with children."""
    users = list(people.values())
    states = person_states(users, now())
    joined = ExternalCohort.objects.filter(program=program, cohort__memberships__user__in=users)
    pairs = list(joined.order_by("external_id").values_list("cohort__memberships__user_id", "external_id"))
    return [
        PersonReply.model_validate(
            {
                "external_id": external_id,
                "person_id": str(user.person_id),
                "state": states[user.pk],
                "role": user.role,
                "username": user.username,
                "grade": user.grade,
                "cohorts": [cohort for user_id, cohort in pairs if user_id == user.pk],
            }
        )
        for external_id, user in people.items()
    ]


@router.put(
    "/people/{external_id}",
    auth=KeyWith("people:write"),
    response={200: PersonReply, 201: PersonReply},
    operation_id="upsert_person",
)
def put_person(request: ApiRequest, external_id: Key, body: PersonBody) -> HttpResponse:
    """Make the person's account, 201, or change names, grade and cohort of the one that was made, 200."""
    at, program = now(), request.auth.program

    def work() -> tuple[int, str]:
        done = upsert_person(program=program, external_id=external_id, body=body, at=at)
        return 201 if done.is_new else 200, replies(program, {external_id: done.user})[0].model_dump_json()

    return answer_once(request, program, work, at=at)


@router.get("/people/{external_id}", auth=KeyWith("people:read"), response=PersonReply, operation_id="get_person")
def get_person(request: ApiRequest, external_id: Key) -> PersonReply:
    """Read one person; `waiting_for_parent` means that nothing else about the child opens yet."""
    program = request.auth.program
    return replies(program, {external_id: known_person(program, external_id)})[0]


@router.get("/people", auth=KeyWith("people:read"), response=PersonList, operation_id="list_people")
def list_people(request: ApiRequest, cursor: Cursor = None, limit: Limit = 50) -> PersonList:
    """List the people whom the program has brought, oldest first."""
    program = request.auth.program
    rows, after = page_of(program.people.select_related("user"), cursor=cursor, limit=limit)
    return PersonList(people=replies(program, {row.external_id: row.user for row in rows}), next_cursor=after)


def cohort_reply(row: ExternalCohort) -> CohortReply:
    cohort = row.cohort
    return CohortReply(external_id=row.external_id, name=cohort.name, grade=cohort.grade, is_active=cohort.is_active)


@router.put(
    "/cohorts/{external_id}",
    auth=KeyWith("people:write"),
    response={200: CohortReply, 201: CohortReply},
    operation_id="upsert_cohort",
)
def put_cohort(request: ApiRequest, external_id: Key, body: CohortBody) -> HttpResponse:
    """Make the cohort, 201, or change it, 200."""
    at, program = now(), request.auth.program

    def work() -> tuple[int, str]:
        is_new = upsert_cohort(program=program, external_id=external_id, body=body, at=at)
        row = program.cohorts.select_related("cohort").get(external_id=external_id)
        return 201 if is_new else 200, cohort_reply(row).model_dump_json()

    return answer_once(request, program, work, at=at)


@router.get("/cohorts", auth=KeyWith("people:read"), response=CohortList, operation_id="list_cohorts")
def list_cohorts(request: ApiRequest, cursor: Cursor = None, limit: Limit = 50) -> CohortList:
    """List the cohorts that the program has brought, oldest first."""
    rows, after = page_of(request.auth.program.cohorts.select_related("cohort"), cursor=cursor, limit=limit)
    return CohortList(cohorts=[cohort_reply(row) for row in rows], next_cursor=after)


@router.put(
    "/cohorts/{external_id}/people/{person}",
    auth=KeyWith("people:write"),
    response={204: None},
    operation_id="join_cohort",
)
def put_in_cohort(request: ApiRequest, external_id: Key, person: Key) -> HttpResponse:
    """Put a person in a cohort, as their primary one."""
    program = request.auth.program
    join_cohort(cohort=cohort_of(program, external_id), user=known_person(program, person), at=now())
    return HttpResponse(status=204)


@router.delete(
    "/cohorts/{external_id}/people/{person}",
    auth=KeyWith("people:write"),
    response={204: None},
    operation_id="leave_cohort",
)
def take_out_of_cohort(request: ApiRequest, external_id: Key, person: Key) -> HttpResponse:
    """Take a person out of a cohort; a person who is not in it stays as they are."""
    program = request.auth.program
    leave_cohort(cohort=cohort_of(program, external_id), user=known_person(program, person), at=now())
    return HttpResponse(status=204)


# -- Files -----------------------------------------------------------------------------------------------------------
def file_of(kind: str) -> dict[str, Any]:
    """The request body of an operation that takes a file."""
    return {"requestBody": {"required": True, "content": {kind: {"schema": {"type": "string", "format": "binary"}}}}}


def require_kind(request: HttpRequest, kind: str) -> None:
    if request.content_type != kind:
        raise Refusal(422, "not_a_roster", f"Send the file as {kind}.")


@router.post(
    "/imports/people",
    auth=KeyWith("people:write"),
    response=ImportReport,
    operation_id="import_people",
    openapi_extra=file_of("text/csv"),
)
def post_people(request: ApiRequest) -> ImportReport:
    """Upsert a person a line of a CSV file in UTF-8; its columns are `external_id` and the members of a person."""
    require_kind(request, "text/csv")
    try:
        text = request.body.decode()
    except UnicodeDecodeError as error:
        raise Refusal(422, "not_a_roster", "Send UTF-8.") from error
    return import_people(program=request.auth.program, text=text, at=now())


@router.post(
    "/imports/oneroster",
    auth=KeyWith("people:write"),
    response=ImportReport,
    operation_id="import_oneroster",
    openapi_extra=file_of("application/zip"),
)
def post_roster(request: ApiRequest) -> ImportReport:
    """Upsert the classes, pupils, teachers and enrollments of a OneRoster 1.1 CSV bundle (a zip)."""
    require_kind(request, "application/zip")
    return import_roster(program=request.auth.program, bundle=request.body, at=now())
