"""Inboxes with a part broken: one that trusts the order of the bus, one that answers a batch after all of it."""

from __future__ import annotations

from collections.abc import Sequence

from desk.contract.event import Event
from desk.eventstore.envelope_factory import Causation
from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork
from desk.eventstore.unit_of_work.work_items import WorkItem
from desk.inbox.apply_batch import ApplyEvents
from desk.inbox.inbox import Inbox
from desk.inbox.inbox_result import InboxResult
from desk.inbox.ports import RawRecord


def _recorded(work: UnitOfWork, event: Event) -> bool:
    return bool(work.read(lambda reads: reads.places([event.id])))


class HearAll(ApplyEvents):
    """Takes what is not recorded yet, whatever its ownerseq says."""

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> InboxResult:
        tally = InboxResult()
        for found in self.records:
            event = found.event
            if event is None or event.id in work.fresh or _recorded(work, event):
                continue
            runner.apply_replicated(work, found.aggregate, event, found.raw)
            tally.applied[event.owner] += 1
        return tally


class HearAllFirst(ApplyEvents):
    """Folds in the whole batch, and only then answers its facts."""

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> InboxResult:
        tables, runner.tables = runner.tables, runner.tables._replace(reactions={})
        last = {owner: head.seq for owner, head in work.replica(self.aggregate).heads.items()}
        tally = super().run(work, runner)
        runner.tables = tables
        for found in self.records:
            event = found.event
            heard = event is not None and last.get(event.owner, 0) < event.ownerseq
            if event is None or not heard or event.ownerseq > work.replica(self.aggregate).head(event.owner).seq:
                continue
            last[event.owner] = event.ownerseq
            self._answer(work, runner, event)
        return tally

    def _answer(self, work: UnitOfWork, runner: DecisionRunner, event: Event) -> None:
        reaction, state = runner.tables.reactions.get(event.type), work.replica(self.aggregate).state
        if reaction is None:
            return
        context = runner.deciding_on(event, self.aggregate, state)
        drafts = reaction(event, state, context)
        if drafts:
            runner.decided(work, self.aggregate, drafts, context, Causation.after(event))


class _Inbox(Inbox):
    hear: type[ApplyEvents] = ApplyEvents

    def items(self, records: Sequence[RawRecord]) -> list[WorkItem[InboxResult | None]]:
        return [self.hear(*item) if isinstance(item, ApplyEvents) else item for item in super().items(records)]


class Careless(_Inbox):
    hear = HearAll


class Hasty(_Inbox):
    hear = HearAllFirst
