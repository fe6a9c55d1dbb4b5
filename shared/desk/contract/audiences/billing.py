"""Fields of billing's facts by audience. Labour is the MSP's own matter; rates and amounts are for those who bill."""

from __future__ import annotations

from collections.abc import Mapping

from desk.contract.audiences.row import Row
from desk.contract.event import Payload
from desk.contract.ticket.billing import facts as f

ROWS: Mapping[type[Payload], Row] = {
    f.TimeLogged: Row("entry rev labour reason"),
    f.TimeHeld: Row("entry rev labour why"),
    f.TimeCorrected: Row("entry rev labour reason"),
    f.TimeRemoved: Row("entry rev reason"),
    f.TimeMoved: Row("entry rev direction other labour"),
    f.TimeRated: Row("entry rev rating by reason", money="lines"),
    f.TimeUnmatched: Row("entry rev rating why"),
    f.TimeConfirmed: Row("set_hash by split zero_reason bill_by"),
    f.UnbilledLabourFlagged: Row("set_hash entries age_days why", money="amount currency"),
    f.UnbilledLabourCleared: Row("set_hash why"),
    f.TimeInvoiced: Row("entry rev", money="invoice"),
    f.TimeWrittenOff: Row("entry rev by reason"),
}
