"""The demo's day, the file that keeps it, and the simulator as a server and as a process."""

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from desk_simulators.connectwise import ConnectWiseSimulator, Demo


def day(psa: ConnectWiseSimulator, clock: Any, steps: int, seed: int = 5) -> None:
    demo = Demo(psa.state, seed=seed)
    for _ in range(steps):
        clock.advance(minutes=1)
        demo.step()


def test_a_demo_day_has_every_turn_of_a_ticket_by_several_people_for_several_clients(
    psa: ConnectWiseSimulator, clock: Any
) -> None:
    day(psa, clock, 1_500)
    tickets, log = list(psa.state.table("ticket")), list(psa.state.table("changelog"))
    classes = Counter(psa.state.status_classes[ticket["status"]["id"]] for ticket in tickets)
    assert {"closed", "cancelled"} < classes.keys()
    assert len({ticket["company"]["id"] for ticket in tickets}) == 6
    assert {ticket["board"]["id"] for ticket in tickets} == {1, 2}
    authors = {entry["_info"]["updatedBy"] for entry in log}
    assert authors == {"jdoe", "mlopez", "asingh", "tbauer", "kowens"}
    by_ticket: dict[int, list[bool]] = {}
    for entry in log:
        by_ticket.setdefault(entry["ticketNumber"], []).append(entry["closedFlag"])
    reopened = [flags for flags in by_ticket.values() if (True, False) in pairwise(flags)]
    assert reopened
    assert sum(not ticket["closedFlag"] for ticket in tickets) <= 20
    assert len(psa.state.table("time")) > 50


def test_the_same_seed_lives_the_same_day(clock: Any) -> None:
    start, days = clock.now, []
    for _ in range(2):
        clock.now = start
        psa = ConnectWiseSimulator(clock=clock, mode="manual")
        day(psa, clock, 200)
        days.append(list(psa.state.table("changelog")))
    assert days[0] == days[1]


async def test_the_next_start_goes_on_with_the_same_records(clock: Any, tmp_path: Path) -> None:
    file = tmp_path / "desk" / "psa.json"
    first = ConnectWiseSimulator(clock=clock, mode="manual", state_file=file)
    async with first.client() as api:
        entry = {"url": "https://h.example/?id=", "objectId": 1, "type": "ticket", "level": "owner"}
        await api.post("system/callbacks", json=entry)
    day(first, clock, 100)
    first.technician("jdoe").delete(next(iter(first.state.table("ticket")))["id"])
    await first.stop()
    second = ConnectWiseSimulator(clock=clock, mode="manual", state_file=file)
    for name, table in first.state.tables.items():
        assert list(second.state.table(name)) == list(table)
        assert second.state.table(name).last_id == table.last_id
    assert second.state.audit == first.state.audit
    day(second, clock, 20)
    assert second.pending > 0
    assert not file.with_name("psa.json.new").exists()


def test_ids_given_since_the_last_save_are_not_given_again_after_a_crash(clock: Any, tmp_path: Path) -> None:
    file = tmp_path / "psa.json"
    first = ConnectWiseSimulator(clock=clock, mode="manual", state_file=file)
    first.save()
    forgotten = {first.technician("jdoe").open_ticket(f"{number}", "ACME")["id"] for number in range(5)}
    second = ConnectWiseSimulator(clock=clock, mode="manual", state_file=file)
    assert second.technician("jdoe").open_ticket("after the crash", "ACME")["id"] not in forgotten


@pytest.mark.parametrize("content", ["", "{", "{}", '{"format": 99}', '{"format": 1}', "[1]"])
def test_a_file_that_is_no_snapshot_is_refused_by_name_and_left_as_it_is(tmp_path: Path, content: str) -> None:
    file = tmp_path / "psa.json"
    file.write_text(content)
    with pytest.raises(ValueError, match=r"psa\.json"):
        ConnectWiseSimulator(state_file=file)
    assert file.read_text() == content
