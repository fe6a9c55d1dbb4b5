"""Writes the desired state back: reads the record, compares, writes the smallest patch, and reports the new state.

A call uses the ticket's current state, so that any number of planned calls converge. If a person was faster, their
change is observed first and the state is decided again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from desk.contract.event import Stream
from desk.contract.ticket.ticket import Ticket
from desk.decision.planning import OutboundCall, Outcome
from desk.eventstore.aggregate_replica import Replica
from desk.eventstore.table_writer import DbCursor
from desk_intake.psa.ids import record_of
from desk_intake.psa.instance_parts import PsaInstance
from desk_intake.psa.mapping.patching import patch_of
from desk_intake.psa.observe.revision_rows import mark_seen
from desk_intake.psa.observed_record_types import ObservedTicket
from desk_intake.psa.receive.stale_reads import read_start
from desk_intake.psa.write_back.desired import DesiredChanges, desired
from desk_intake.psa.write_back.outcomes import SWITCHED_OFF, ConflictResult, FieldStopped, PsaFields, SyncResult
from desk_intake.psa.write_back.verify_write import after_writing, carried_out, fields_to_write, written_fields
from desk_intake.psa.write_back.write_claims import (
    Claim,
    claim,
    claimed,
    flip_flopping,
    last_write,
    mark_written,
    record_overwrites,
)

UNDER_WAY = "another write of this record is under way"
SHORTLY, MERGED = timedelta(seconds=0.2), timedelta(seconds=5)


class WriteBack:
    """Writes tickets of one instance back."""

    def __init__(self, psa_instance: PsaInstance) -> None:
        self._psa_instance, self._access = psa_instance, psa_instance.access
        self._instance = psa_instance.access.config.id

    async def call(self, planned: OutboundCall) -> Outcome:
        """Write the fields that differ now."""
        ticket = cast(Ticket, (await self.replica(planned.aggregate)).state)
        if ticket.intake.record is None:
            return Outcome("done", detail="nothing differs")
        # no other task of this process reads the record between the claim and the write
        async with self._psa_instance.tickets.alone(ticket.intake.record):
            return await self._alone(planned)

    async def ready(self, planned: OutboundCall, ticket: Ticket) -> str | None:
        """The reason to wait: another write of the same record may be in flight."""
        record = ticket.intake.record
        if record is None:
            return None
        last = await self._access.query(lambda cursor: last_write(cursor, self._instance, record))
        return UNDER_WAY if last is not None and last.effect != planned.id and last.in_doubt else None

    async def _alone(self, planned: OutboundCall) -> Outcome:
        replica = await self.replica(planned.aggregate)
        ticket = cast(Ticket, replica.state)
        summary = self.summary(ticket)
        want = self.wanted(ticket, summary)
        record = ticket.intake.record
        if want.nothing or record is None:
            return Outcome("done", detail="nothing differs")
        mine = Claim(
            self._instance, record, planned.id, want.fields, replica.head("triage").seq, ticket.intake.written_back_seq
        )
        field = await self._access.query(lambda cursor: flip_flopping(cursor, mine, ticket.intake.psa_fields))
        if field is not None:
            return Outcome("failed", detail=f"stopped: {field} is changed back and forth", result=FieldStopped(field))
        if not await self._access.query(lambda cursor: claim(cursor, mine)):
            return Outcome("wait", detail=UNDER_WAY, after=SHORTLY)
        if (await self.replica(planned.aggregate)).head("intake").seq != replica.head("intake").seq:
            # the previous write ended between our read and our claim
            return Outcome("wait", detail="the ticket has moved on", after=SHORTLY)
        return await self._write(mine, want, ticket, summary)

    async def _write(self, mine: Claim, want: DesiredChanges, ticket: Ticket, summary: str | None) -> Outcome:
        begun = await self._access.query(read_start)
        now = await self._psa_instance.tickets.seen(await self._access.connection.psa.ticket(mine.record), "webhook")
        left = fields_to_write(want.fields, now)
        if now.own and want.fields and not left and now.in_scope and now.merged_into is None:
            return await self._made_before(mine, now, ticket)
        other = await self._faster(now, want, ticket, mine.effect, begun)
        if other is not None:
            return other
        members, psa_fields = await self._access.connection.members(), ticket.intake.psa_fields
        patch = patch_of(left, now.fields, self._access.statuses, self._access.config, members, summary)
        if want.fields and not self._access.may_write(ticket):
            return SWITCHED_OFF
        await self._attach(mine, want.fields.get("asset"))
        if left and not patch and left.keys() != {"asset"} and not want.cover:
            return Outcome("done", detail=f"cannot be written: {', '.join(sorted(left))}")
        after = now
        if patch:
            found = await self._access.connection.psa.patch_ticket(mine.record, patch, now.revision)
            with after_writing():
                after = await self._psa_instance.tickets.seen(found, "webhook")
            await self._access.query(lambda cursor: record_overwrites(cursor, mine, psa_fields))
        await self._mark(mine, after)
        return self._done(mine, after, {**psa_fields, **_unwritten(mine, after)})

    async def _mark(self, mine: Claim, after: ObservedTicket) -> None:
        """Store that the claim was written, and the status that it left, so that nobody is taken for its author."""

        def mark(cursor: DbCursor) -> None:
            mark_written(cursor, mine, after.at)
            if after.own and "status" in written_fields(mine):
                mark_seen(cursor, self._instance, after)

        await self._access.query(mark)

    async def _made_before(self, mine: Claim, now: ObservedTicket, ticket: Ticket) -> Outcome:
        """The outcome if we wrote the record last and it has all values: a write that this store has lost."""
        await self._mark(mine, now)
        return self._done(mine, now, {**ticket.intake.psa_fields, **_unwritten(mine, now)})

    def _done(self, mine: Claim, after: ObservedTicket, psa_fields: PsaFields) -> Outcome:
        wrote = {name: value for name, value in after.fields.items() if value != psa_fields.get(name)}
        wrote |= {"asset": mine.fields["asset"]} if "asset" in mine.fields else {}
        status_class = after.status_class if "status" in wrote else None
        result = SyncResult(mine.record, after.url, wrote, status_class, mine.written_back_seq, after.revision)
        return Outcome("done", mine.record, result=result._replace(level=after.level, at=after.at))

    async def _faster(
        self, now: ObservedTicket, want: DesiredChanges, ticket: Ticket, call: UUID, begun: datetime
    ) -> Outcome | None:
        """Observe changes that a person made since the decision first; None if there are none."""
        psa_fields = ticket.intake.psa_fields
        changed = {name for name, value in now.fields.items() if value != psa_fields.get(name)}
        done = {name for name in changed if name in want.fields and now.fields[name] == want.fields[name]}
        # a person who did what we want to write is its author, and may have acted on another state than ours
        news = changed - done if now.own else changed
        if not news and now.in_scope:
            return None
        if now.merged_into is not None:
            return Outcome("wait", detail="the record was merged, which is read first", after=MERGED)
        await self._psa_instance.tickets.show(now, within=call, begun=begun)
        conflicts = tuple((n, want.fields[n], now.fields[n]) for n in sorted((news - done) & set(want.fields)))
        if conflicts:
            return Outcome("done", detail="a person was faster", result=ConflictResult(conflicts, now.revision))
        return Outcome("wait", detail="the record had changed", after=SHORTLY)

    async def _attach(self, mine: Claim, device: str | None) -> None:
        configuration = record_of(self._instance, device)
        if configuration is not None and self._access.connection.psa.capabilities.devices:
            await self._access.connection.psa.attach_device(mine.record, configuration)

    async def query(self, planned: OutboundCall, ticket: Ticket) -> Outcome:
        """Look up whether a write whose answer was lost was carried out."""
        record = ticket.intake.record
        if record is None:
            return Outcome("failed", detail="the record is not linked any more")
        mine = await self._access.query(lambda cursor: claimed(cursor, self._instance, record, planned.id))
        if mine is None:
            return Outcome("retry", detail="nothing had been sent")
        async with self._psa_instance.tickets.alone(record):
            after = await carried_out(self._psa_instance, mine, ticket)
            if after is None:
                return Outcome("retry", detail="it was not carried out")
            if not self._access.may_write(ticket):
                mine = mine._replace(fields={name: value for name, value in mine.fields.items() if name != "asset"})
            await self._attach(mine, mine.fields.get("asset"))
            await self._mark(mine, after)
        return self._done(mine, after, {**ticket.intake.psa_fields, **_unwritten(mine, after)})

    def wanted(self, ticket: Ticket, summary: str | None) -> DesiredChanges:
        """The changes to write now; the summary is compared if its text is given."""
        hashed = self._access.connection.psa.summary_hash(summary) if summary is not None else None
        return desired(ticket, self._access.statuses, self._instance, hashed)

    def summary(self, ticket: Ticket) -> str | None:
        """The problem in plain text; None if its key is missing."""
        plain = self._access.parts.unseal(ticket.intake.problem)
        return plain if isinstance(plain, str) and plain else None

    async def replica(self, aggregate: str) -> Replica:
        """The ticket's replica as committed now."""
        return await self._access.replica(Stream.TICKETS, aggregate)


def _unwritten(mine: Claim, after: ObservedTicket) -> dict[str, str | None]:
    """Fields that the write does not change: a person may have changed them since the record was read."""
    return {name: value for name, value in after.fields.items() if name not in written_fields(mine)}
