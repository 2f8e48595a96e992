"""People and classes from files: a CSV of ours, or a OneRoster 1.1 CSV bundle. Each line is its own transaction.

A file may be sent again: lines that were taken change nothing. A new account costs a hashed password, so a request
makes at most 100 of them, and says of the other lines that they wait.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from django.db import transaction
from pydantic import ValidationError

from viral_engine.accounts.services.cohorts import join_cohort
from viral_engine.api.models import ApiProgram, ExternalPerson
from viral_engine.api.problems import Refusal
from viral_engine.api.queries import known_person
from viral_engine.api.schemas.base import ExternalKey
from viral_engine.api.schemas.people import CohortBody, ImportedRow, ImportReport, PersonBody
from viral_engine.api.services.people import cohort_of, upsert_cohort, upsert_person
from viral_engine.csv_lines import NotCsv, read_csv

MAX_NEW = 100
MAX_FILE = 5 * 1024 * 1024  # bytes of one file of a bundle, unpacked
COLUMNS = ("external_id", *PersonBody.model_fields)
ROSTER_FILES = ("classes.csv", "demographics.csv", "users.csv", "enrollments.csv")
ROLES = {"student": "student", "teacher": "tutor"}
PARENTS = {"parent", "guardian", "relative"}
WAITS = f"Send the file again: a request makes {MAX_NEW} accounts."
Line = tuple[int, dict[str, str]]


@dataclass(slots=True)
class _Import:
    """One file on its way in: whose it is, and what each of its lines became."""

    program: ApiProgram
    at: datetime
    rows: list[ImportedRow] = field(default_factory=list)
    made: int = 0

    def take(self, file: str, line: int, external_id: str, act: Callable[[], bool]) -> None:
        """Report one line: `act` returns whether it made something new, or says why not."""
        try:
            with transaction.atomic():
                status, reason = ("created" if act() else "updated"), ""
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            status, reason = "refused", f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        except Refusal as refusal:
            errors = refusal.more.get("errors") or [{}]
            status, reason = "refused", errors[0].get("reason") or refusal.body()["detail"]
        row = {"file": file, "line": line, "external_id": external_id, "status": status, "reason": reason}
        self.rows.append(ImportedRow.model_validate(row))

    def person(self, external_id: str, members: Mapping[str, Any]) -> bool:
        """Upsert one person, while this request may make accounts."""
        key = ExternalKey.model_validate({"external_id": external_id}).external_id
        body = PersonBody.model_validate(members)
        known = ExternalPerson.objects.filter(program=self.program, external_id=key).exists()
        if not known and self.made >= MAX_NEW:
            raise Refusal(429, "too_many_requests", WAITS)
        self.made += not known
        return upsert_person(program=self.program, external_id=key, body=body, at=self.at).is_new

    def report(self) -> ImportReport:
        counts = {
            status: sum(one.status == status for one in self.rows) for status in ("created", "updated", "refused")
        }
        return ImportReport(**counts, rows=self.rows)


def import_people(*, program: ApiProgram, text: str, at: datetime) -> ImportReport:
    """Upsert a person a line. Raises  Refusal, 422, for text that is no CSV of these columns."""
    work = _Import(program, at)
    for line, cells in _lines("people.csv", text):
        if unknown := set(cells) - set(COLUMNS):
            raise Refusal(422, "not_a_roster", f"Unknown column: {', '.join(sorted(unknown))}.")
        external_id = cells.pop("external_id", "")
        members = {name: _number(cell) if name == "grade" else cell for name, cell in cells.items() if cell}
        work.take("people.csv", line, external_id, partial(work.person, external_id, members))
    return work.report()


def _lines(file: str, text: str) -> list[Line]:
    try:
        return list(read_csv(text))
    except NotCsv as error:
        raise Refusal(422, "not_a_roster", f"{file}: {error}") from error


def _number(cell: str) -> int | str:
    return int(cell) if cell.isascii() and cell.isdigit() and len(cell) <= 2 else cell  # noqa: PLR2004  (grades)


# -- OneRoster -----------------------------------------------------------------------------------------------------
def import_roster(*, program: ApiProgram, bundle: bytes, at: datetime) -> ImportReport:
    """Upsert the classes, pupils, teachers and enrollments of a bundle. Rows marked `tobedeleted` are left out.

    Parents are read for the address that a pupil's consent is asked at; they sign up themselves.

    Raises  Refusal, 422, for anything but a zip of OneRoster files.
    """
    files = _unpacked(bundle)
    work = _Import(program, at)
    for line, cells in files["classes.csv"]:
        work.take("classes.csv", line, cells.get("sourcedId", ""), partial(_class, work, cells))
    born = {cells.get("sourcedId"): cells.get("birthDate", "") for _, cells in files["demographics.csv"]}
    users = files["users.csv"]
    mailboxes = {one.get("sourcedId"): one.get("email", "") for _, one in users if one.get("role") in PARENTS}
    for line, cells in users:
        if cells.get("role") not in PARENTS:
            members = _pupil(cells, born, mailboxes)
            key = cells.get("sourcedId", "")
            work.take("users.csv", line, key, partial(work.person, key, members))
    for line, cells in files["enrollments.csv"]:
        if cells.get("role") == "student":
            work.take("enrollments.csv", line, cells.get("userSourcedId", ""), partial(_enroll, work, cells))
    return work.report()


def _unpacked(bundle: bytes) -> dict[str, list[Line]]:
    """The current rows of each file of a bundle; a file that is missing has none."""
    try:
        with ZipFile(BytesIO(bundle)) as archive:
            present = [name for name in ROSTER_FILES if name in archive.namelist()]
            texts = {name: _text(archive, name) for name in present}
    # zipfile raises a RuntimeError for a file that is encrypted, or packed by a method that it does not know.
    except (BadZipFile, UnicodeDecodeError, RuntimeError, EOFError, OSError) as error:
        raise Refusal(422, "not_a_roster", "Send a zip of OneRoster 1.1 CSV files in UTF-8.") from error
    if "users.csv" not in texts:
        raise Refusal(422, "not_a_roster", "The bundle has no users.csv.")
    return {name: list(_current(name, texts.get(name, ""))) for name in ROSTER_FILES}


def _text(archive: ZipFile, name: str) -> str:
    """One file, unpacked no further than its limit: the size in the archive may be a lie."""
    with archive.open(name) as packed:
        content = packed.read(MAX_FILE + 1)
    if len(content) > MAX_FILE:
        raise Refusal(413, "body_too_large", f"{name} has more than {MAX_FILE} bytes.")
    return content.decode()


def _current(name: str, text: str) -> Iterator[Line]:
    for line, cells in _lines(name, text) if text.strip() else ():
        if cells.get("status", "").lower() != "tobedeleted":
            yield line, cells


def _first(cell: str) -> str:
    return cell.split(",", maxsplit=1)[0].strip()


def _class(work: _Import, cells: Mapping[str, str]) -> bool:
    key = ExternalKey.model_validate({"external_id": cells.get("sourcedId", "")}).external_id
    grade = _number(_first(cells.get("grades", "")))
    body = CohortBody(name=cells.get("title", ""), grade=grade if isinstance(grade, int) and 1 <= grade <= 12 else None)  # noqa: PLR2004  (grades)
    return upsert_cohort(program=work.program, external_id=key, body=body, at=work.at)


def _pupil(
    cells: Mapping[str, str], born: Mapping[str | None, str], mailboxes: Mapping[str | None, str]
) -> dict[str, Any]:
    """The members of a person, from a line of users.csv."""
    parents = [mailboxes.get(agent.strip(), "") for agent in cells.get("agentSourcedIds", "").split(",")]
    grade = _number(_first(cells.get("grades", "")))
    members: dict[str, Any] = {
        "role": ROLES.get(cells.get("role", ""), cells.get("role", "")),
        "birthdate": born.get(cells.get("sourcedId"), ""),
        "first_name": cells.get("givenName", ""),
        "last_name": cells.get("familyName", ""),
        "email": cells.get("email", ""),
        "parent_email": next(filter(None, parents), ""),
    }
    return {name: value for name, value in members.items() if value} | ({"grade": grade} if grade else {})


def _enroll(work: _Import, cells: Mapping[str, str]) -> bool:
    cohort = cohort_of(work.program, cells.get("classSourcedId", ""))
    user = known_person(work.program, cells.get("userSourcedId", ""))
    is_new = not cohort.memberships.filter(user=user).exists()
    join_cohort(cohort=cohort, user=user, at=work.at)
    return is_new
