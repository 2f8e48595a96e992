"""A namespace says its hash version, and a GrowthBook SDK that is set up in that way takes the same people."""

from datetime import datetime

import pytest
from django.test import Client

from experiments import rules
from experiments.models import Namespace, Phase
from experiments.services.assignment import clear_assignment_cache, get_variant
from experiments.services.phase_cache import NamespaceSlice, invalidate_phase_cache
from tests.experiments.trials import assignment_context, draft, staff_user, started
from tests.factories import browser

# From the SDKs' own shared cases: (seed, value, version, bucket).
HASHES = [
    ("", "a", 1, 0.22),
    ("", "b", 1, 0.077),
    ("b", "a", 1, 0.946),
    ("ef", "d", 1, 0.652),
    ("asdf", "8952klfjas09ujk", 1, 0.549),
    ("", "123", 1, 0.011),
    ("seed", "a", 2, 0.0505),
    ("seed", "b", 2, 0.2696),
    ("foo", "ab", 2, 0.2575),
    ("foo", "def", 2, 0.2019),
    ("89123klj", "8952klfjas09ujkasdf", 2, 0.124),
    ("90850943850283058242805", "123", 2, 0.7516),
]


def sdk_hash(seed: str, value: str, version: int) -> float:
    """The SDKs' hash, written from its specification."""
    if version == 1:
        return rules.fnv32a(value + seed) % 1000 / 1000
    return rules.fnv32a(str(rules.fnv32a(seed + value))) % 10_000 / 10_000


@pytest.mark.parametrize(("seed", "value", "version", "expected"), HASHES)
def test_the_specification_gives_the_published_hashes(seed: str, value: str, version: int, expected: float) -> None:
    assert sdk_hash(seed, value, version) == expected


@pytest.mark.parametrize("version", [1, 2])
def test_a_slice_takes_the_people_that_the_sdk_takes(version: int) -> None:
    part = NamespaceSlice("sheet", 1230, 6000, version)
    people = [f"person-{number}" for number in range(2_000)]
    ours = {one for one in people if part.includes(one)}
    assert ours == {one for one in people if 0.123 <= sdk_hash("__sheet", one, version) < 0.6}
    assert 850 < len(ours) < 1050


def test_versions_differ_and_a_plan_without_one_keeps_its_people() -> None:
    people = [f"person-{number}" for number in range(2_000)]
    slices = [
        NamespaceSlice("sheet", 0, 5000),
        NamespaceSlice("sheet", 0, 5000, 2),
        NamespaceSlice("sheet", 0, 5000, 1),
    ]
    taken = [{one for one in people if part.includes(one)} for part in slices]
    assert taken[0] == taken[1] == {one for one in people if rules.bucket("__sheet", one) < 5000}
    assert taken[1] != taken[2]


@pytest.fixture
def staff(db: None) -> Client:
    return browser(staff_user())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("version", "setting"),
    [
        (1, "namespace: [&quot;sheet&quot;, 0.25, 0.75]"),
        (2, "filters: [{seed: &quot;__sheet&quot;, hashVersion: 2, ranges: [[0.25, 0.75]]}]"),
    ],
)
def test_an_experiment_in_a_namespace_follows_and_shows_its_version(
    staff: Client, at: datetime, version: int, setting: str
) -> None:
    sheet = Namespace.objects.create(name="sheet", hash_version=version)
    started(draft(namespace=sheet, namespace_from_bp=2500, namespace_until_bp=7500), at)
    for number in range(200):
        unit = f"person-{number}"
        is_in = 0.25 <= sdk_hash("__sheet", unit, version) < 0.75
        assert get_variant("copy", assignment_context(unit), at).is_enrolled == is_in
    page = staff.get("/experiments/copy/").content.decode()
    assert f"Hash version {version}" in page
    assert setting in page
    exported = staff.get("/experiments/copy/results.json").json()["namespace"]
    assert exported == {"namespace": "sheet", "hash_version": version, "from_bp": 2500, "until_bp": 7500}


@pytest.mark.django_db
def test_a_namespace_in_use_is_not_changed(staff: Client, at: datetime) -> None:
    """Another seed or hash would put people into two experiments at once."""
    sheet = Namespace.objects.create(name="sheet")
    started(draft(namespace=sheet), at)
    address = f"/admin/experiments/namespace/{sheet.pk}/change/"
    staff.post(address, {"name": "other", "hash_version": 2})
    sheet.refresh_from_db()
    assert (sheet.name, sheet.hash_version) == ("sheet", 1)
    Phase.objects.update(ended_at=at)
    staff.post(address, {"name": "other", "hash_version": 2})
    sheet.refresh_from_db()
    assert (sheet.name, sheet.hash_version) == ("other", 2)


@pytest.mark.django_db
def test_a_phase_keeps_the_version_that_it_started_with(at: datetime) -> None:
    sheet = Namespace.objects.create(name="sheet", hash_version=1)
    started(draft(namespace=sheet, namespace_until_bp=5000), at)
    people = [f"person-{number}" for number in range(100)]
    before = [get_variant("copy", assignment_context(one), at).is_enrolled for one in people]
    Namespace.objects.update(hash_version=2)
    invalidate_phase_cache()
    clear_assignment_cache()
    assert [get_variant("copy", assignment_context(one), at).is_enrolled for one in people] == before
