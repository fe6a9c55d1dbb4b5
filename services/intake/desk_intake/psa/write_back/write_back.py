"""Writes the desired state back: read, compare with what the decision saw, write the smallest set, say what is shown.

A call re-reads the ticket, so that any number of planned ones end in what is right now. A person who was faster is
observed first; the state is then decided again.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from desk.contract.event import Stream
from desk.contract.ticket.ticket import Ticket
from desk.decision.planning import OutboundCall, Outcome
from desk.eventstore.replica import Replica
from desk_intake.psa.connectwise.normalise import summary_hash
from desk_intake.psa.connectwise.writing import patch_of
from desk_intake.psa.ids import record_of
from desk_intake.psa.instance import PsaInstance
from desk_intake.psa.port import Seen
from desk_intake.psa.receive.read_order import begins
from desk_intake.psa.write_back.desired import Wanted, desired
from desk_intake.psa.write_back.outcomes import SWITCHED_OFF, Conflicted, PsaFields, Stopped, Synced
from desk_intake.psa.write_back.verify_write import after_writing, carried_out, missing, named
from desk_intake.psa.write_back.write_claims import (
    Claim,
    claim,
    claimed,
    flip_flopping,
    last_write,
    mark_written,
    remember,
)

UNDER_WAY = "another write of this record is under way"
SHORTLY, MERGED = timedelta(seconds=0.2), timedelta(seconds=5)


class WriteBack:
    """Write-back of one instance."""

    def __init__(self, psa_instance: PsaInstance) -> None:
        self._psa_instances, self._desk = psa_instance, psa_instance.desk
        self._instance = psa_instance.desk.config.id

    async def call(self, planned: OutboundCall) -> Outcome:
        """Write what differs now."""
        ticket = cast(Ticket, (await self.replica(planned.aggregate)).state)
        if ticket.intake.record is None:
            return Outcome("done", detail="nothing differs")
        # nobody of this process reads the record between the claim and the write
        async with self._psa_instances.tickets.alone(ticket.intake.record):
            return await self._alone(planned)

    async def ready(self, planned: OutboundCall, ticket: Ticket) -> str | None:
        """A write waits while another one of the same record may be under way."""
        record = ticket.intake.record
        if record is None:
            return None
        last = await self._desk.query(lambda cursor: last_write(cursor, self._instance, record))
        return UNDER_WAY if last is not None and last.effect != planned.id and last.unsettled else None

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
        field = await self._desk.query(lambda cursor: flip_flopping(cursor, mine, ticket.intake.psa_fields))
        if field is not None:
            return Outcome("failed", detail=f"stopped: {field} is changed back and forth", result=Stopped(field))
        if not await self._desk.query(lambda cursor: claim(cursor, mine)):
            return Outcome("wait", detail=UNDER_WAY, after=SHORTLY)
        if (await self.replica(planned.aggregate)).head("intake").seq != replica.head("intake").seq:
            # the write before this one was settled between our look and our claim
            return Outcome("wait", detail="the ticket has moved on", after=SHORTLY)
        return await self._write(mine, want, ticket, summary)

    async def _write(self, mine: Claim, want: Wanted, ticket: Ticket, summary: str | None) -> Outcome:
        begun = await self._desk.query(begins)
        now = await self._psa_instances.tickets.seen(await self._desk.link.client.ticket(int(mine.record)), "webhook")
        left = missing(want.fields, now)
        if now.own and want.fields and not left and now.in_scope and now.merged_into is None:
            return await self._made_before(mine, now, ticket)
        other = await self._faster(now, want, ticket, mine.effect, begun)
        if other is not None:
            return other
        members, shows = await self._desk.link.members(), ticket.intake.psa_fields
        patch = patch_of(left, now.fields, self._desk.statuses, self._desk.config, members, summary)
        if want.fields and not self._desk.may_write(ticket):
            return SWITCHED_OFF
        await self._attach(mine, want.fields.get("asset"))
        if left and not patch and left.keys() != {"asset"} and not want.cover:
            return Outcome("done", detail=f"cannot be written: {', '.join(sorted(left))}")
        after = now
        if patch:
            found = await self._desk.link.client.patch_ticket(int(mine.record), patch)
            with after_writing():
                after = await self._psa_instances.tickets.seen(found, "webhook")
            await self._desk.query(lambda cursor: remember(cursor, mine, shows))
        await self._desk.query(lambda cursor: mark_written(cursor, mine, after.at))
        return self._done(mine, after, shows)

    async def _made_before(self, mine: Claim, now: Seen, ticket: Ticket) -> Outcome:
        """The record was written last by us and shows all of it: a write that this store has forgotten."""
        await self._desk.query(lambda cursor: mark_written(cursor, mine, now.at))
        others = {name: value for name, value in now.fields.items() if name not in named(mine)}
        return self._done(mine, now, {**ticket.intake.psa_fields, **others})

    def _done(self, mine: Claim, after: Seen, shows: PsaFields) -> Outcome:
        wrote = {name: value for name, value in after.fields.items() if value != shows.get(name)}
        wrote |= {"asset": mine.fields["asset"]} if "asset" in mine.fields else {}
        status_class = after.status_class if "status" in wrote else None
        result = Synced(mine.record, after.url, wrote, status_class, mine.written_back_seq, after.revision)
        return Outcome("done", mine.record, result=result._replace(level=after.level, at=after.at))

    async def _faster(self, now: Seen, want: Wanted, ticket: Ticket, call: UUID, begun: datetime) -> Outcome | None:
        """What a person changed since the decision was made is observed first."""
        shows = ticket.intake.psa_fields
        changed = {name for name, value in now.fields.items() if value != shows.get(name)}
        news = {name for name in changed if name not in want.fields or now.fields[name] != want.fields[name]}
        if not news and now.in_scope:
            return None
        if now.merged_into is not None:
            return Outcome("wait", detail="the record was merged, which is read first", after=MERGED)
        await self._psa_instances.tickets.show(now, within=call, begun=begun)
        conflicts = tuple((n, want.fields[n], now.fields[n]) for n in sorted(news & set(want.fields)))
        if conflicts:
            return Outcome("done", detail="a person was faster", result=Conflicted(conflicts, now.revision))
        return Outcome("wait", detail="the record had changed", after=SHORTLY)

    async def _attach(self, mine: Claim, device: str | None) -> None:
        configuration = record_of(self._instance, device)
        if configuration is not None:
            await self._desk.link.client.attach_configuration(int(mine.record), configuration)

    async def query(self, planned: OutboundCall, ticket: Ticket) -> Outcome:
        """Whether a write whose answer was lost was carried out."""
        record = ticket.intake.record
        if record is None:
            return Outcome("failed", detail="the record is not linked any more")
        mine = await self._desk.query(lambda cursor: claimed(cursor, self._instance, record, planned.id))
        if mine is None:
            return Outcome("retry", detail="nothing had been sent")
        async with self._psa_instances.tickets.alone(record):
            after = await carried_out(self._psa_instances, mine, ticket)
            if after is None:
                return Outcome("retry", detail="it was not carried out")
            if not self._desk.may_write(ticket):
                mine = mine._replace(fields={name: value for name, value in mine.fields.items() if name != "asset"})
            await self._attach(mine, mine.fields.get("asset"))
            await self._desk.query(lambda cursor: mark_written(cursor, mine, after.at))
        known = {name: value for name, value in after.fields.items() if name not in named(mine)}
        return self._done(mine, after, {**ticket.intake.psa_fields, **known})

    def wanted(self, ticket: Ticket, summary: str | None) -> Wanted:
        """What is to be written now, with the summary compared where its text is given."""
        hashed = summary_hash(summary, self._desk.config) if summary is not None else None
        return desired(ticket, self._desk.statuses, self._instance, hashed)

    def summary(self, ticket: Ticket) -> str | None:
        """The problem in plain text; None when its key is gone."""
        opened = self._desk.parts.unseal(ticket.intake.problem)
        return opened if isinstance(opened, str) and opened else None

    async def replica(self, aggregate: str) -> Replica:
        """The ticket as it is now, with what of triage it holds."""
        return await asyncio.to_thread(self._desk.parts.service.log.replica, Stream.TICKETS, aggregate)
