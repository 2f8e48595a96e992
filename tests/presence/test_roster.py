"""A viewer who folds diffs as the published client does ends where the truth is."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from presence.tracker.base import EntryChange
from presence.tracker.roster import Listing, Roster


class Client:
    """`Presence.syncDiff` of phoenix.js: joins first, known refs kept once, then leaves by ref."""

    def __init__(self, state: Listing) -> None:
        self.state: dict[str, list[dict[str, Any]]] = {key: list(one["metas"]) for key, one in state.items()}

    def take(self, joins: Listing, leaves: Listing) -> None:
        for key, joined in joins.items():
            refs = {meta["phx_ref"] for meta in joined["metas"]}
            kept = [meta for meta in self.state.get(key, []) if meta["phx_ref"] not in refs]
            self.state[key] = [*joined["metas"], *kept]
        for key, left in leaves.items():
            refs = {meta["phx_ref"] for meta in left["metas"]}
            self.state[key] = [meta for meta in self.state.get(key, []) if meta["phx_ref"] not in refs]
            if not self.state[key]:
                del self.state[key]

    @property
    def refs(self) -> dict[str, set[str]]:
        return {key: {meta["phx_ref"] for meta in metas} for key, metas in self.state.items()}


def refs(listing: Listing) -> dict[str, set[str]]:
    return {key: {meta["phx_ref"] for meta in one["metas"]} for key, one in listing.items()}


ENTRIES = st.sampled_from(["a/1", "a/2", "b/1", "b/2", "c/1"])
PERSON = {"a/1": "1", "a/2": "1", "b/1": "2", "b/2": "3", "c/1": "3"}
STEPS = st.lists(
    st.tuples(st.just("put") | st.just("drop"), ENTRIES, st.sampled_from([0.0, 3.0]))
    | st.tuples(st.just("flush"), st.floats(0.0, 5.0), st.just(0.0))
    | st.tuples(st.just("look"), st.none(), st.just(0.0)),
    max_size=40,
)


@given(STEPS)
def test_whoever_joined_whenever_ends_with_the_truth(steps: list[tuple[str, Any, float]]) -> None:
    roster, clients, now_s, version = Roster(), [Client({})], 0.0, 0
    for what, subject, hold_s in steps:
        if what == "put":
            version += 1
            meta = {"phx_ref": f"r{version}", "current_activity": None}
            roster.apply([EntryChange(subject, PERSON[subject], meta)], now_s=now_s, hold_s=hold_s)
        elif what == "drop":
            roster.apply([EntryChange(subject, PERSON[subject], None)], now_s=now_s, hold_s=hold_s)
        elif what == "flush":
            now_s += subject
            diff = roster.flush(now_s)
            for client in clients:
                client.take(*diff)
        else:
            clients.append(Client(roster.listing()))
        assert all(client.refs == refs(roster.listing()) for client in clients)
    diff = roster.flush(now_s + 100)
    truth: dict[str, set[str]] = {}
    for key, meta in roster.entries.values():
        truth.setdefault(key, set()).add(str(meta["phx_ref"]))
    for client in clients:
        client.take(*diff)
        assert client.refs == truth
    assert roster.people == len(truth)
    assert roster.next_due_s() is None


def meta(ref: str, activity: str | None = None) -> dict[str, Any]:
    return {"phx_ref": ref, "current_activity": activity}


def test_an_update_is_one_diff_with_the_old_ref() -> None:
    roster = Roster()
    roster.apply([EntryChange("w/1", "42", meta("a1"))], now_s=0, hold_s=0)
    roster.flush(0)
    roster.apply([EntryChange("w/1", "42", meta("a2", "x"))], now_s=1, hold_s=0)
    roster.apply([EntryChange("w/1", "42", meta("a3", "y"))], now_s=1, hold_s=0)
    joins, leaves = roster.flush(1)
    assert joins == {"42": {"metas": [{"phx_ref": "a3", "current_activity": "y", "phx_ref_prev": "a1"}]}}
    assert leaves == {"42": {"metas": [meta("a1")]}}


def test_come_and_gone_between_two_ticks_is_never_told() -> None:
    roster = Roster()
    roster.apply([EntryChange("w/1", "42", meta("a1"))], now_s=0, hold_s=0)
    roster.apply([EntryChange("w/1", "42", None)], now_s=0, hold_s=0)
    assert roster.flush(0) == ({}, {})


def test_a_reload_within_the_grace_is_an_exchange_of_tabs_and_no_leave() -> None:
    roster = Roster()
    roster.apply([EntryChange("w/1", "42", meta("a1"))], now_s=0, hold_s=0)
    roster.flush(0)
    roster.apply([EntryChange("w/1", "42", None)], now_s=1, hold_s=3)
    assert roster.flush(2) == ({}, {})
    assert roster.people == 1
    assert roster.next_due_s() == 4
    roster.apply([EntryChange("w/2", "42", meta("b1"))], now_s=3, hold_s=0)
    assert roster.flush(3) == ({"42": {"metas": [meta("b1")]}}, {"42": {"metas": [meta("a1")]}})
    roster.apply([EntryChange("w/2", "42", None)], now_s=4, hold_s=3)
    assert roster.flush(8) == ({}, {"42": {"metas": [meta("b1")]}})


def test_active_is_any_tab_and_people_are_counted_once() -> None:
    roster = Roster()
    changes = [
        EntryChange("w/1", "1", meta("a")),
        EntryChange("w/2", "1", meta("b", "x")),
        EntryChange("w/3", "2", meta("c")),
    ]
    roster.apply(changes, now_s=0, hold_s=0)
    roster.flush(0)
    assert (roster.people, roster.active()) == (2, 1)


def test_at_most_eight_metas_are_listed() -> None:
    roster = Roster()
    roster.apply([EntryChange(f"w/{n}", "1", meta(f"r{n}")) for n in range(12)], now_s=0, hold_s=0)
    roster.flush(0)
    assert len(roster.listing()["1"]["metas"]) == 8
