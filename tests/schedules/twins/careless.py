"""Inboxes with a part broken: one that trusts the order of the bus, one that answers a batch after all of it."""

from __future__ import annotations

from collections.abc import Sequence

from desk.bus.port import RawRecord
from desk.contract.event import Event
from desk.eventstore.envelope_factory import Chain
from desk.eventstore.unit_of_work.decision_runner import Engine
from desk.eventstore.unit_of_work.unit_of_work import Workspace
from desk.eventstore.unit_of_work.work_items import Item
from desk.inbox.apply_batch import Hear
from desk.inbox.inbox import Inbox
from desk.inbox.inbox_result import Tally


def _recorded(work: Workspace, event: Event) -> bool:
    return bool(work.read(lambda reads: reads.places([event.id])))


class HearAll(Hear):
    """Takes what is not recorded yet, whatever its ownerseq says."""

    def run(self, work: Workspace, engine: Engine) -> Tally:
        tally = Tally()
        for found in self.records:
            event = found.event
            if event is None or event.id in work.fresh or _recorded(work, event):
                continue
            engine.heard(work, found.aggregate, event, found.raw)
            tally.heard[event.owner] += 1
        return tally


class HearAllFirst(Hear):
    """Folds in the whole batch, and only then answers its facts."""

    def run(self, work: Workspace, engine: Engine) -> Tally:
        tables, engine.tables = engine.tables, engine.tables._replace(reactions={})
        last = {owner: head.seq for owner, head in work.replica(self.aggregate).heads.items()}
        tally = super().run(work, engine)
        engine.tables = tables
        for found in self.records:
            event = found.event
            heard = event is not None and last.get(event.owner, 0) < event.ownerseq
            if event is None or not heard or event.ownerseq > work.replica(self.aggregate).head(event.owner).seq:
                continue
            last[event.owner] = event.ownerseq
            self._answer(work, engine, event)
        return tally

    def _answer(self, work: Workspace, engine: Engine, event: Event) -> None:
        reaction, state = engine.tables.reactions.get(event.type), work.replica(self.aggregate).state
        if reaction is None:
            return
        deciding = engine.deciding_on(event, self.aggregate, state)
        drafts = reaction(event, state, deciding)
        if drafts:
            engine.decided(work, self.aggregate, drafts, deciding, Chain.after(event))


class _Inbox(Inbox):
    hear: type[Hear] = Hear

    def items(self, records: Sequence[RawRecord]) -> list[Item]:
        return [self.hear(*item) if isinstance(item, Hear) else item for item in super().items(records)]


class Careless(_Inbox):
    hear = HearAll


class Hasty(_Inbox):
    hear = HearAllFirst
