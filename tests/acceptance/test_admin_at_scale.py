"""Lists of the admin cost the same with three rows and with millions: statements are counted, plans are read."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client

from experiments.models import Experiment
from tests.experiments.trials import draft
from tests.factories import browser, cohort_of, counting, person, statements
from tests.steps.admin import choose_action, save_form
from viral_engine.accounts.models import Cohort, CohortMembership, User
from viral_engine.kernel.models import Decision, LoggedEvent
from viral_engine.seed import seed

pytestmark = pytest.mark.django_db
MAX_STATEMENTS = 10
EVENTS, DECISIONS = "/admin/kernel/loggedevent/", "/admin/kernel/decision/"


@pytest.fixture
def staff() -> Client:
    return browser(person("Root", age=40, is_staff=True, is_superuser=True))


def fill(count: int, at: datetime) -> None:
    """Log rows, of which forty at a time share an instant."""
    instants = [at - timedelta(seconds=number // 40) for number in range(count)]
    LoggedEvent.objects.bulk_create(
        [LoggedEvent(type=f"type_{n % 7}", actor_id=n % 900, at=then) for n, then in enumerate(instants)], 1000
    )
    Decision.objects.bulk_create(
        [
            Decision(agent="orchestrator", actor_id=n % 900, outcome="none", decided_at=t)
            for n, t in enumerate(instants)
        ],
        1000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def reads_of(staff: Client, path: str, table: str) -> list[str]:
    with counting() as asked:
        assert staff.get(path).status_code == 200
    made = statements(asked)
    assert len(made) <= MAX_STATEMENTS, made
    return [sql for sql in made if f'FROM "{table}"' in sql]


def sorts(sql: str) -> bool:
    """Whether the database must sort the table to answer, because no index has the order.

    Rows of one instant may be sorted among themselves.
    """
    prefix = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # a small table is sorted although there is an index
            cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off")
        cursor.execute(prefix + sql.replace("%", "%%"))
        plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
    return re.search(r"(?<!Incremental )Sort  \(|USE TEMP B-TREE FOR (?:ORDER|DISTINCT)", plan) is not None


@pytest.mark.parametrize(("path", "table"), [(EVENTS, "kernel_loggedevent"), (DECISIONS, "kernel_decision")])
def test_a_log_s_page_reads_a_bounded_number_of_rows_by_an_index(
    staff: Client, path: str, table: str, at: datetime
) -> None:
    fill(12_000, at)
    asked = ["", "?older=" + (at - timedelta(seconds=9)).isoformat().replace("+", "%2B") + "_7"]
    for query in asked:
        reads = reads_of(staff, path + query, table)
        assert len(reads) >= 2
        assert all(" LIMIT " in sql for sql in reads), reads
        assert not any(sorts(sql) for sql in reads), reads
    [found] = [sql for sql in reads_of(staff, path + "?q=17", table) if "COUNT" not in sql and "DISTINCT" not in sql][
        -1:
    ]
    assert "UPPER" not in found
    assert "::text" not in found


def pages(staff: Client, path: str) -> Iterator[list[int]]:
    while path:
        page = staff.get(path)
        yield [row.pk for row in page.context["cl"].result_list]
        path = EVENTS + page.context["cl"].older if page.context["cl"].older else ""


def test_pages_of_a_log_show_every_row_once_newest_first(staff: Client, at: datetime) -> None:
    LoggedEvent.objects.all().delete()
    fill(330, at)
    shown = list(pages(staff, EVENTS))
    assert [len(page) for page in shown] == [100, 100, 100, 30]
    newest_first = list(LoggedEvent.objects.order_by("-at", "-pk").values_list("pk", flat=True))
    assert [pk for page in shown for pk in page] == newest_first


def test_wrong_pages_are_wrong_filters(staff: Client) -> None:
    for older in ("nonsense_5", "2026-13-01T00:00:00_5", "2026-03-01T00:00:00+00:00_x"):
        assert staff.get(EVENTS, {"older": older}).status_code == 302


def test_every_list_of_a_living_site_takes_at_most_ten_statements(staff: Client, at: datetime) -> None:
    seed(at=at)
    too_many, seen = {}, 0
    for model, options in admin.site._registry.items():
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        staff.get(path)  # the first look at a list is recorded, once in a session
        with counting() as asked:
            assert staff.get(path).status_code == 200, path
        seen += model._default_manager.exists()
        if len(statements(asked)) > MAX_STATEMENTS:
            too_many[path] = len(statements(asked))
        assert not options.show_full_result_count
    assert seen > 20
    assert too_many == {}


def test_a_cohort_of_two_thousand_opens_and_is_saved(staff: Client, at: datetime) -> None:
    cohort = Cohort.objects.create(name="Comets", grade=8)
    people = User.objects.bulk_create(
        User(username=f"learner-{n}", email=None, birthdate=date(2011, 1, 1)) for n in range(2000)
    )
    rows = [CohortMembership(cohort=cohort, user=one, joined_at=at) for one in people]
    CohortMembership.objects.bulk_create(rows, 100)  # each row's trigger looks through the other members
    page = f"/admin/accounts/cohort/{cohort.pk}/change/"
    with counting() as asked:
        answer = staff.get(page)
    assert len(statements(asked)) <= 12
    members = f"/admin/accounts/cohortmembership/?cohort__id__exact={cohort.pk}"
    assert f'href="{members}">2000 members</a>' in answer.content.decode()
    save_form(staff, page.removeprefix("/admin/"), name="Rockets", grade="8", is_active="on", school="")
    assert (Cohort.objects.get().name, cohort.memberships.count()) == ("Rockets", 2000)
    staff.get(members)
    with counting() as asked:
        assert len(staff.get(members).context["cl"].result_list) == 100
    assert len(statements(asked)) <= MAX_STATEMENTS


def test_staff_move_members_to_another_cohort(staff: Client, at: datetime) -> None:
    ada, bo = person("Ada", age=30), person("Bo", age=30)
    comets, rockets = cohort_of(ada, bo, at=at), Cohort.objects.create(name="Rockets")
    rows = [row.pk for row in comets.memberships.all()]
    page = choose_action(staff, "/admin/accounts/cohortmembership/", "move", *rows, cohort_name="Nowhere")
    assert "There is no cohort named “Nowhere”" in page.content.decode()
    assert comets.memberships.count() == 2
    choose_action(staff, "/admin/accounts/cohortmembership/", "move", *rows, cohort_name="Rockets")
    assert {(row.user_id, row.is_primary) for row in rockets.memberships.all()} == {(ada.pk, True), (bo.pk, True)}
    assert not comets.memberships.exists()


def test_a_draft_experiment_can_be_deleted(staff: Client) -> None:
    trial = draft()
    page = staff.post(f"/admin/experiments/experiment/{trial.pk}/delete/", {"post": "yes"})
    assert page.status_code == 302
    assert not Experiment.objects.exists()


def test_a_person_s_page_leads_to_all_their_records(staff: Client) -> None:
    bo = person("Bo", age=30)
    page = staff.get(f"/admin/accounts/user/{bo.pk}/change/").content.decode()
    links = re.findall(rf'href="(/admin/\w+/\w+/\?\w+={bo.pk})"', page)
    assert len(links) >= 9
    assert [staff.get(link).status_code for link in links] == [200] * len(links)
