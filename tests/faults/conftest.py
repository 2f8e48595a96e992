from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.factories import cohort_of, person
from tests.faults.postgres import Cluster, own_cluster
from viral_engine.accounts.models import Cohort, User
from viral_engine.kernel.clock import now


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """Outside of pytest's own folder, which each new run of pytest closes to other users."""
    with TemporaryDirectory(prefix="cluster-") as name, own_cluster(Path(name)) as own:
        yield own


@pytest.fixture
def members(catalogue: None) -> list[User]:
    return [person(name) for name in ("Ada", "Bo", "Cy", "Dee")]


@pytest.fixture
def cohort(members: list[User]) -> Cohort:
    return cohort_of(*members, at=now())
