"""The order of the local bus: a cause never comes after its effects."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from desk.bus.local.causal_merge import Published, merged

START = datetime(2026, 1, 1, tzinfo=UTC)


def fact(peer: str, position: int, second: int) -> Published:
    return Published(peer, position, "T1", START + timedelta(seconds=second), b"")


def test_facts_of_all_peers_come_by_recorded_time() -> None:
    pages = {"intake": [fact("intake", 1, 1), fact("intake", 2, 5)], "triage": [fact("triage", 1, 3)]}
    assert [f.recorded.second for f in merged(pages, 10)] == [1, 3, 5]


def test_nothing_passes_the_end_of_a_page_that_may_have_more_behind_it() -> None:
    pages = {
        "intake": [fact("intake", 1, 1), fact("intake", 2, 2)],
        "triage": [fact("triage", 1, 2), fact("triage", 2, 3)],
    }
    assert [(f.peer, f.recorded.second) for f in merged(pages, 2)] == [("intake", 1), ("intake", 2), ("triage", 2)]


def test_two_writers_of_one_peer_may_have_clocks_apart() -> None:
    page = [fact("intake", 1, 5), fact("intake", 2, 3)]
    assert [f.position for f in merged({"intake": page, "triage": []}, 2)] == [1, 2]


@given(
    st.dictionaries(
        st.sampled_from(["intake", "triage", "sla"]), st.lists(st.integers(0, 50), max_size=12), min_size=1
    ),
    st.integers(1, 5),
)
def test_every_fact_comes_once_and_each_peers_in_its_own_order(seconds: dict[str, list[int]], limit: int) -> None:
    logs = {peer: [fact(peer, n, second) for n, second in enumerate(times, 1)] for peer, times in seconds.items()}
    positions, seen = dict.fromkeys(logs, 0), list[Published]()
    for _ in range(sum(map(len, logs.values())) + 1):
        pages = {peer: facts[positions[peer] : positions[peer] + limit] for peer, facts in logs.items()}
        turn = merged(pages, limit)
        seen += turn
        positions |= {f.peer: f.position for f in turn}
    for peer, facts in logs.items():
        assert [f for f in seen if f.peer == peer] == facts
