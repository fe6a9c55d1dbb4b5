"""A person who works in the PSA itself: each act changes records in her name and fires callbacks."""

from desk_simulators.connectwise.errors import invalid_field
from desk_simulators.connectwise.records import writes
from desk_simulators.connectwise.records.lookup import Named, find_board, find_status
from desk_simulators.connectwise.records.merge import merge
from desk_simulators.connectwise.state import PsaState
from desk_simulators.kit.clock import instant, stamp
from desk_simulators.kit.table import Record, value_at

NOTE_FLAGS = {
    "discussion": "detailDescriptionFlag",
    "internal": "internalAnalysisFlag",
    "resolution": "resolutionFlag",
}


class Technician:
    """Every act returns the changed record and raises ApiError where the PSA would refuse."""

    def __init__(self, state: PsaState, member: str) -> None:
        self._state = state
        self.actor = state.member(member)

    def open_ticket(
        self,
        summary: str,
        company: Named,
        contact: Named | None = None,
        board: Named = "Help Desk",
        status: Named | None = None,
        priority: Named | None = None,
        impact: str = "Medium",
        severity: str = "Medium",
        description: str | None = None,
    ) -> Record:
        board_id = find_board(self._state, board)["id"]
        body: Record = {
            "summary": summary,
            "company": _named(company, "identifier"),
            "contact": None if contact is None else _named(contact, "name"),
            "board": {"id": board_id},
            "status": None if status is None else {"id": find_status(self._state, board_id, status)["id"]},
            "priority": None if priority is None else _named(priority, "name"),
            "impact": impact,
            "severity": severity,
            "initialDescription": description,
        }
        return writes.create(self._state, "ticket", body, self.actor)

    def set_status(self, ticket_id: int, status: Named) -> Record:
        """By name, by class (`resolved`: the first such status of the board) or by id."""
        board_id = value_at(self._state.record("ticket", ticket_id), "board/id")
        return self._set(ticket_id, status={"id": find_status(self._state, board_id, status)["id"]})

    def close(self, ticket_id: int) -> Record:
        return self.set_status(ticket_id, "closed")

    def reopen(self, ticket_id: int) -> Record:
        return self.set_status(ticket_id, "open")

    def assign(self, ticket_id: int, member: Named | None) -> Record:
        """None takes the owner away."""
        return self._set(ticket_id, owner=None if member is None else _named(member, "identifier"))

    def change_priority(self, ticket_id: int, priority: Named) -> Record:
        return self._set(ticket_id, priority=_named(priority, "name"))

    def change_impact(self, ticket_id: int, impact: str) -> Record:
        return self._set(ticket_id, impact=impact)

    def change_severity(self, ticket_id: int, severity: str) -> Record:
        return self._set(ticket_id, severity=severity)

    def change_summary(self, ticket_id: int, summary: str) -> Record:
        return self._set(ticket_id, summary=summary)

    def move_board(self, ticket_id: int, board: Named, status: Named = "new") -> Record:
        target = find_board(self._state, board)
        found = find_status(self._state, target["id"], status)
        return self._set(ticket_id, board={"id": target["id"]}, status={"id": found["id"]})

    def add_note(self, ticket_id: int, text: str, kind: str = "discussion", contact: Named | None = None) -> Record:
        """`kind`: discussion, internal or resolution. With a contact it is the client's own reply."""
        if kind not in NOTE_FLAGS:
            raise invalid_field("note", "kind", f"kind must be one of {', '.join(NOTE_FLAGS)}.")
        body: Record = {"ticketId": ticket_id, "text": text, NOTE_FLAGS[kind]: True}
        if contact is not None:
            body |= {"contact": _named(contact, "name"), "customerUpdatedFlag": True}
        return writes.create(self._state, "note", body, self.actor)

    def add_time(
        self,
        ticket_id: int,
        start: str,
        end: str,
        notes: str = "",
        billable: str = "Billable",
        resolution: bool = False,
    ) -> Record:
        """`start` and `end` are ISO 8601; fractions of a second are dropped."""
        body = {
            "chargeToId": ticket_id,
            "chargeToType": "ServiceTicket",
            "timeStart": stamp(instant(start)),
            "timeEnd": stamp(instant(end)),
            "billableOption": billable,
            "notes": notes,
            "addToResolutionFlag": resolution,
        }
        return writes.create(self._state, "time", body, self.actor)

    def merge(self, ticket_id: int, children: list[int]) -> Record:
        """Children go into the ticket and take the closed status of their boards."""
        for child in children:
            board_id = value_at(self._state.record("ticket", child), "board/id")
            status = {"id": find_status(self._state, board_id, "closed")["id"]}
            merge(self._state, ticket_id, [child], status, self.actor)
        return self._state.record("ticket", ticket_id)

    def delete(self, ticket_id: int) -> Record:
        """Returns the ticket as it was."""
        ticket = self._state.record("ticket", ticket_id)
        writes.delete(self._state, "ticket", ticket_id, self.actor)
        return ticket

    def _set(self, ticket_id: int, **values: object) -> Record:
        operations = [{"op": "replace", "path": name, "value": value} for name, value in values.items()]
        return writes.patch(self._state, "ticket", ticket_id, operations, self.actor)


def _named(value: Named, key: str) -> Record:
    return {"id": value} if isinstance(value, int) else {key: value}
