"""Work item that records the texts of one PSA record on the ticket that they belong to, without recorded ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

from desk.contract.event import Draft, Event
from desk.contract.ticket.intake.conversation import ClientReplied, NoteAdded, ReplySent
from desk.contract.ticket.ticket import Ticket
from desk.eventstore.envelope_factory import Causation
from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork
from desk.eventstore.unit_of_work.work_items import WorkItem
from desk_intake.psa.conversation import note_facts
from desk_intake.psa.conversation.note_rows import MESSAGES, recorded_messages
from desk_intake.psa.observed_record_types import ObservedNote, RecordCreation
from desk_integrations.receipts.decision_item import decision_id

Said = ClientReplied | ReplySent | NoteAdded


class RecordNotes(NamedTuple):
    """Texts of a record, recorded on its ticket, or on the root of the chain if that was merged."""

    ticket_id: str
    instance: str
    record: str
    found: tuple[ObservedNote, ...]
    creation: RecordCreation
    traceparent: str = ""

    @property
    def aggregates(self) -> Sequence[str]:
        return (self.ticket_id,)

    @property
    def recheck_if_unchanged(self) -> bool:
        return True

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> list[Event]:
        root = self._root(work)
        ticket = _ticket(work, root)
        messages = [note.message for note in self.found]
        elsewhere = work.read(lambda reads: recorded_messages(reads.cursor, messages))
        drafts = note_facts.note_drafts(
            self.found, self.creation, ticket, note_facts.recorded_elsewhere(elsewhere, root)
        )
        if not drafts:
            return []
        work.write(MESSAGES, *((_message(draft), root) for draft in drafts))
        identity = decision_id(self.instance, self.record, "notes", *(() if root == self.ticket_id else (root,)))
        context = runner.by_itself(identity, root, ticket)
        return runner.decided(
            work, root, drafts, context, Causation(identity, traceparent=self.traceparent, stable=True)
        )

    def on_failure(self, error: Exception) -> WorkItem[list[Event]] | None:
        return None

    def _root(self, work: UnitOfWork) -> str:
        """The root of the ticket's merge chain. Merges that would close a circle are never recorded."""
        passed, at = {self.ticket_id}, self.ticket_id
        while (further := _ticket(work, at).intake.merged_into) is not None and further not in passed:
            passed.add(further)
            at = further
        return at


def _ticket(work: UnitOfWork, ticket_id: str) -> Ticket:
    return cast(Ticket, work.replica(ticket_id).state)


def _message(draft: Draft) -> str:
    data = cast(Said, draft.data)
    return data.note if isinstance(data, NoteAdded) else data.message
