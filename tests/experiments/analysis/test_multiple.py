import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from experiments.analysis.multiple_testing import holm


def test_the_smallest_pays_for_all() -> None:
    seen = holm({"invites": 0.01, "sign-ups": 0.04, "retention": 0.03})
    assert seen == {"invites": pytest.approx(0.03), "sign-ups": pytest.approx(0.06), "retention": pytest.approx(0.06)}


def test_what_has_no_p_is_not_part_of_the_family() -> None:
    assert holm({("invites", "b"): 0.04, ("invites", "c"): None}) == {("invites", "b"): 0.04, ("invites", "c"): None}
    assert holm({}) == {}


@settings(max_examples=15, deadline=None)  # the oracle takes its time
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_statsmodels_agrees(p_values: list[float]) -> None:
    seen = holm(dict(enumerate(p_values)))
    assert list(seen.values()) == pytest.approx(multipletests(p_values, method="holm")[1].tolist(), abs=1e-12)
