"""Finds out whether a write whose answer was lost was carried out, and the state it left: people may act on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from desk.contract.ticket.ticket import Ticket
from desk_intake.psa.instance_parts import PsaInstance
from desk_intake.psa.mapping.ticket_mapping import logged_state
from desk_intake.psa.observed_record_types import PLACE, ObservedTicket
from desk_intake.psa.write_back.write_claims import Claim
from desk_integrations.kinds.psa import PsaHistoryEntry
from desk_integrations.vendor_errors import OutcomeUnknown, RecordGone, VendorAnswerInvalid, VendorError, VendorRefused


async def carried_out(psa_instance: PsaInstance, mine: Claim, ticket: Ticket) -> ObservedTicket | None:
    """The record as the write left it; None if it was not made. Raises the connector's errors.

    If a board's statuses may not be read, only statuses of that board are hidden. The refusal is raised if one of these
    decides, because the write may have been made.
    """
    access = psa_instance.access
    now = await psa_instance.tickets.seen(await access.connection.psa.ticket(mine.record), "webhook")
    if _has_written_values(now, mine):
        return now
    if not access.connection.psa.capabilities.history:
        return None
    at, last = ticket.intake.observed_at, None
    hidden: VendorError | None = None
    async for entry in access.connection.psa.history(ticket=mine.record):
        seen, refused = await _state(psa_instance, entry)
        if seen is None or not seen.own:
            continue
        if refused is not None and written_fields(mine) & PLACE:
            hidden = refused if at is None or seen.at >= at else hidden
        else:
            last = seen
    # an older write of the same values precedes the last observation
    if last is not None and _has_written_values(last, mine) and (at is None or last.at >= at):
        return last
    if hidden is not None:
        raise hidden
    return None


async def _state(psa_instance: PsaInstance, entry: PsaHistoryEntry) -> tuple[ObservedTicket | None, VendorError | None]:
    """The state of the entry; without its status, and with the refusal, if that board may not be read."""
    access = psa_instance.access
    context = await access.mapping_context()
    if entry.board is None:
        return None, None
    status, refusal = entry.status, None
    if status is None:
        try:
            names = {one.name: one.status for one in await access.connection.statuses(entry.board)}
            status = names.get(entry.status_name)
            if status is None:
                return None, None
        except (VendorRefused, RecordGone, VendorAnswerInvalid) as refused:
            refusal = refused
    return logged_state(entry, status, context), refusal


def fields_to_write(fields: Mapping[str, str | None], now: ObservedTicket) -> dict[str, str | None]:
    """The fields whose value the record does not have yet. Board, queue and status move together: a record on the
    board has a status of that board.
    """
    moved = "board" in fields and now.fields["board"] == fields["board"]
    return {
        name: value
        for name, value in fields.items()
        if not (moved and name in PLACE)
        and (("board" in fields and name in PLACE) or name not in now.fields or now.fields[name] != value)
    }


def written_fields(mine: Claim) -> frozenset[str]:
    """The fields that the write changes; other differences were made by somebody else."""
    return frozenset(mine.fields) | (PLACE if "board" in mine.fields else frozenset())


def _has_written_values(seen: ObservedTicket, mine: Claim) -> bool:
    return all(seen.fields[name] == value for name, value in mine.fields.items() if name in seen.fields)


@contextmanager
def after_writing() -> Iterator[None]:
    """Turn errors of reads that follow a write into OutcomeUnknown: it was made, and must not be repeated."""
    try:
        yield
    except OutcomeUnknown:
        raise
    except VendorError as error:
        raise OutcomeUnknown(error.vendor, error.operation, f"written, then {error.problem}") from error
