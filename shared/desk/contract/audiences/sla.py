"""Fields of the SLA's facts by audience. A client reads those of the clocks agreed with it."""

from __future__ import annotations

from collections.abc import Mapping

from desk.contract.audiences.row import Row, agreed_clock
from desk.contract.event import Payload
from desk.contract.ticket.sla import facts as f

ROWS: Mapping[type[Payload], Row] = {
    f.PolicySelected: Row(
        "revision zone_source why change_rule stops_at priority_rule",
        client="policy policy_version calendar calendar_version zone targets",
    ),
    f.ClockStarted: Row(client="clock starts_at due seconds rev", only=agreed_clock),
    f.ClockPaused: Row("cause_id", client="clock cause", only=agreed_clock),
    f.ClockResumed: Row("cause_id", client="clock cause due", only=agreed_clock),
    f.ClockRetargeted: Row("cause rule cause_id", client="clock rev seconds old_due new_due", only=agreed_clock),
    f.ThresholdReached: Row("clock percent rev historic"),
    f.ClockMet: Row(client="clock at elapsed due rev", only=agreed_clock),
    f.ClockBreached: Row(client="clock at elapsed due rev", only=agreed_clock),
    f.BreachRetracted: Row("late_fact reason", client="clock verdict", only=agreed_clock),
    f.ClockReinstated: Row("late_fact reason", client="clock verdict", only=agreed_clock),
    f.ClockCancelled: Row(client="clock reason", only=agreed_clock),
    f.TargetExtended: Row("command by reason", client="clock new_due", only=agreed_clock),
    f.BreachExplained: Row("verdict code owner note text_hash"),
}
