"""Bodies about people and cohorts."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from viral_engine.api.schemas.base import Body, ExternalId, Page, Reply, storable

Role = Literal["student", "parent", "tutor"]
Name = Annotated[str, Field(max_length=150), AfterValidator(storable)]
Mailbox = Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$"), AfterValidator(storable)]
Grade = Annotated[int, Field(ge=1, le=12)]
Birthdate = Annotated[date, Field(strict=False, description="YYYY-MM-DD; decides whether a parent must agree.")]


class PersonBody(Body):
    """A person as a program knows them.

    `username`, `email` and `parent_email` count when the account is made. A child under 13 needs
    `parent_email`: the parent is asked, and nothing but username and grade is stored until they agree.
    """

    role: Role = "student"
    birthdate: Birthdate
    username: Name = ""
    first_name: Name = ""
    last_name: Name = ""
    email: Mailbox | None = None
    parent_email: Mailbox | None = None
    grade: Grade | None = None
    cohort: ExternalId | None = Field(None, description="Your id of the cohort that they join.")


class PersonReply(Reply):
    """A person as the site knows them."""

    external_id: str
    person_id: str
    state: Literal["open", "waiting_for_parent", "blocked", "closed"]
    role: str
    username: str
    grade: int | None
    cohorts: list[str]


class PersonList(Page):
    people: list[PersonReply]


class CohortBody(Body):
    """A class of learners."""

    name: Annotated[str, Field(min_length=1, max_length=80), AfterValidator(storable)]
    grade: Grade | None = None
    is_active: bool = True


class CohortReply(Reply):
    external_id: str
    name: str
    grade: int | None
    is_active: bool


class CohortList(Page):
    cohorts: list[CohortReply]


class ImportedRow(Reply):
    """The outcome of one line of a file."""

    file: str
    line: int
    external_id: str
    status: Literal["created", "updated", "refused"]
    reason: str = ""


class ImportReport(Reply):
    created: int
    updated: int
    refused: int
    rows: list[ImportedRow]
