"""Survey answers hang on a ticket that exists."""

from desk_simulators.connectwise.identity import Actor
from desk_simulators.connectwise.state import PsaState
from desk_simulators.kit.table import Record, value_at


def prepare(state: PsaState, draft: Record, body: Record, actor: Actor) -> Record:
    if draft.get("ticketId") is None:
        return draft
    ticket = state.record("ticket", draft["ticketId"])
    return {**draft, "company": draft.get("company") or {"id": value_at(ticket, "company/id")}}
