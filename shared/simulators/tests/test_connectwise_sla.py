"""The PSA's own SLA figures, by its own naive rules: around the clock, and every change of status is a response."""

from typing import Any

from desk_simulators.connectwise import ConnectWiseSimulator


def test_a_change_of_status_is_a_response_and_minutes_count_day_and_night(
    psa: ConnectWiseSimulator, clock: Any
) -> None:
    technician = psa.technician("jdoe")
    ticket = technician.open_ticket("VPN down", "ACME", priority=7)["id"]
    clock.advance(minutes=50)
    changed = technician.set_status(ticket, "Assigned")
    assert (changed["respondMinutes"], changed["dateResponded"], changed["isInSla"]) == (
        50,
        "2026-01-15T14:50:00Z",
        True,
    )
    assert (changed["resPlanMinutes"], changed.get("dateResplan")) == (0, None)
    clock.advance(hours=9)
    changed = technician.set_status(ticket, "resolved")
    assert (changed["resolveMinutes"], changed["isInSla"]) == (590, False)


def test_waiting_is_left_out_by_its_wall_clock_length(psa: ConnectWiseSimulator, clock: Any) -> None:
    technician = psa.technician("jdoe")
    ticket = technician.open_ticket("VPN down", "ACME", priority=7)["id"]
    clock.advance(minutes=30)
    waiting = technician.set_status(ticket, "Waiting on Client")
    assert (waiting["minutesWaiting"], waiting["minutesBeforeWaiting"], waiting["slaStatus"]) == (0, 30, "Waiting")
    clock.advance(hours=10)
    again = technician.set_status(ticket, "Waiting on Vendor")
    assert (again["minutesWaiting"], again["minutesBeforeWaiting"]) == (600, 30)
    clock.advance(hours=10)
    back = technician.set_status(ticket, "In Progress")
    assert (back["minutesWaiting"], back.get("minutesBeforeWaiting"), back["respondMinutes"]) == (1200, None, 30)
    assert back["slaStatus"] == "Resolve by Fri 01/16 1:00 PM UTC-05"
    assert technician.set_status(ticket, "resolved")["resolveMinutes"] == 30


def test_a_reopened_ticket_is_not_resolved_any_more_and_keeps_its_response(
    psa: ConnectWiseSimulator, clock: Any
) -> None:
    technician = psa.technician("jdoe")
    ticket = technician.open_ticket("VPN down", "ACME", priority=7)["id"]
    clock.advance(minutes=10)
    technician.set_status(ticket, "resolved")
    clock.advance(minutes=10)
    open_again = technician.reopen(ticket)
    assert (open_again["resolveMinutes"], open_again.get("dateResolved"), open_again["respondMinutes"]) == (0, None, 10)
