import os
import pwd
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.factories import cohort_of, person
from tests.faults.postgres import Cluster
from tests.servers import free_port
from viral_engine.accounts.models import Cohort, User
from viral_engine.kernel.clock import now


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """Outside of pytest's own folder, which each new run of pytest closes to other users."""
    with TemporaryDirectory(prefix="cluster-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
        own = Cluster(folder, free_port())
        own.control("-o", "-A trust -U postgres --no-sync", "init")
        own.start()
        try:
            yield own
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                own.stop()


@pytest.fixture
def members(catalogue: None) -> list[User]:
    return [person(name) for name in ("Ada", "Bo", "Cy", "Dee")]


@pytest.fixture
def cohort(members: list[User]) -> Cohort:
    return cohort_of(*members, at=now())
