"""One load test from start to end, on the database and Redis of this process's settings."""

import os
from typing import Any

from django.conf import settings
from django.core.management import call_command

from monitoring.loadtest import learners
from monitoring.loadtest.generator import GeneratorRun, Watch, generate_load
from monitoring.loadtest.plan import LoadPlan
from monitoring.loadtest.results import result_of
from monitoring.loadtest.servers import Servers, allow_many_sockets, site_servers, wait_for_site
from viral_engine.kernel.clock import now
from viral_engine.learning.services.catalogue import load_catalogue


def load_own_site(plan: LoadPlan, *, redis_pid: int, watch: Watch) -> dict[str, Any]:
    """Migrate and fill the empty database, start the servers, run the generator, and return the result.

    Raises  CannotStart.
    """
    call_command("migrate", verbosity=0)
    load_catalogue()
    learners.make_first_choices_right()
    people = learners.create_learners(count=plan.users, at=now())
    database = str(settings.DATABASES["default"]["NAME"])
    with site_servers(web=plan.web, workers=plan.workers, folder=plan.folder) as servers:
        servers.pids["Redis"] = redis_pid
        run = generate_load(plan, people, servers, database=database, watch=watch)
    return _result(plan, run, [person["id"] for person in people])


def load_running_site(plan: LoadPlan, *, watch: Watch) -> dict[str, Any]:
    """Test the site at `plan.url`, which must use the database and secret key of these settings.

    The test adds learners to that database; at the end it deactivates them.

    Raises  CannotStart.
    """
    wait_for_site(plan.url)
    allow_many_sockets()
    people = learners.create_learners(count=plan.users, at=now())
    try:
        run = generate_load(plan, people, Servers(urls=[plan.url]), database="", watch=watch)
        return _result(plan, run, [person["id"] for person in people])
    finally:
        learners.retire_learners(people)


def _result(plan: LoadPlan, run: GeneratorRun, ids: list[int]) -> dict[str, Any]:
    return result_of(plan, run, actor_ids=ids, cores=len(os.sched_getaffinity(0)))
