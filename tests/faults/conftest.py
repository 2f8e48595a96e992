import os
import pwd
from collections.abc import Iterator

import pytest

from tests.factories import cohort_of, person
from tests.faults.postgres import Cluster
from tests.servers import free_port
from viral_engine.accounts.models import Cohort, User
from viral_engine.kernel.clock import now


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("pg")
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        for one in (folder, *folder.parents[:2]):
            one.chmod(one.stat().st_mode | 0o055)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
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
