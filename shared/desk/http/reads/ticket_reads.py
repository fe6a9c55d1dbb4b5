"""Reads of one ticket, now or as of a time: its state, its timeline, and its facts for peers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from desk.contract.audiences import Audience
from desk.contract.bounds import LARGEST, Filter, Instant, Subject, TicketId
from desk.contract.event import Event, Stream
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import Policies
from desk.decision.principal import Principal, Role
from desk.eventstore.aggregate_id import aggregate_of
from desk.eventstore.event_log import EventLog
from desk.http.app.responses import json_response
from desk.http.app.schemas import returns
from desk.http.auth.access import ensure_visible, require
from desk.http.commands.command_answer import SEEN, format_seen
from desk.http.problems.problem import invalid_field
from desk.http.reads.audience import audience_of, in_scope, ticket_for_client
from desk.http.reads.ticket_representation import Disclose, shape, timeline
from desk.http.reads.ticket_responses import ClientTicketDocument, TicketDocument, TimelineDocument
from desk.signing.signature import text_of

FACTS_SIGNATURE = "Desk-Signature"
"""The header of an answer with facts: the signature of the last one (`desk.signing.signature`)."""
STAFF = tuple(role for role in Role if role is not Role.SERVICE)
Reader = Annotated[Principal, Depends(require(*STAFF, Role.SERVICE))]
Peer = Annotated[Principal, Depends(require(Role.SERVICE, all_clients=True))]
TicketPath = Annotated[TicketId, Path(description="Ticket id")]
AsOf = Annotated[Instant | None, Query(description="State at that time, by the facts' `time`")]


class TicketReads:
    """Reads one service's replica."""

    def __init__(self, log: EventLog, policies: Policies, disclose: Disclose) -> None:
        self._log, self._policies, self._disclose = log, policies, disclose

    def events(self, ticket_id: str, principal: Principal, at: datetime | None = None) -> list[Event]:
        """The ticket's facts up to `at` that the caller may read, in the order recorded here.

        Refusals: unknown ticket, client scope, today and as of `at`.
        """
        aggregate = aggregate_of(Stream.TICKETS, ticket_id)
        rows = self._log.store.read(lambda reads: reads.events_after({aggregate: 0}))
        events = [self._log.language.decode(row.raw) for row in rows if not row.skipped]
        ticket = fold(events)
        ensure_visible(principal, ticket)
        past = [event for event in events if at is None or event.time <= at]
        if at is not None and past:
            ensure_visible(principal, fold(past))
        return past

    def ticket(self, ticket_id: str, principal: Principal, at: datetime | None) -> Response:
        """The ticket with its open gates. With `at`, as of that time."""
        found = self._replica(ticket_id, principal) if at is None else None
        ticket, vector = found or _folded(self.events(ticket_id, principal, at))
        body = shape(ticket_id, ticket, self._policies, at or self._log.clock.now(), self._disclose, vector)
        of_client = audience_of(principal) is Audience.CLIENT_IT
        return json_response(ticket_for_client(body) if of_client else body, headers={SEEN: format_seen(vector)})

    def _replica(self, ticket_id: str, principal: Principal) -> tuple[Ticket, Mapping[str, int]] | None:
        """The ticket and its vector by the cached replica, with the facts that other processes recorded since. None
        when it is not cached, or a fact was skipped, whose ownerseq the reader has not seen."""
        cached = self._log.cache.get(aggregate_of(Stream.TICKETS, ticket_id))
        if cached is None:
            return None
        replica = self._log.replica(Stream.TICKETS, ticket_id)
        if replica.incomplete or not replica.state.intake.exists:
            return None
        ensure_visible(principal, replica.state)
        return replica.state, replica.vector()

    def timeline(self, ticket_id: str, principal: Principal, at: datetime | None) -> Response:
        """The facts that the caller's audience may read, with actor, cause and cycle, oldest first."""
        events = in_scope(self.events(ticket_id, principal, at), principal)
        return json_response(TimelineDocument(ticket_id, timeline(events, audience_of(principal), self._disclose)))

    def facts(self, topic: str, subject: str, after: int) -> Response:
        """Own facts of one aggregate after an ownerseq, as stored, with the signature of the last one, which vouches
        for all. Peers fill gaps with it."""
        streams = {stream.topic: stream for stream in Stream}
        if topic not in streams:
            raise invalid_field("topic", f"no such topic: {topic}", f"Use one of {', '.join(streams)}.", "path")
        try:
            aggregate = aggregate_of(streams[topic], subject)
        except ValueError as error:
            raise invalid_field("subject", "no ticket has such an id", "Use a ticket's id.", "path") from error
        raws = self._log.store.read(lambda reads: reads.own_of(aggregate, after))
        answer, signatures = json_response(b"[" + b",".join(raws) + b"]"), self._log.signatures
        if raws and signatures is not None:
            answer.headers[FACTS_SIGNATURE] = text_of(signatures.signer.sign(raws[-1])).decode()
        return answer


def _folded(events: Sequence[Event]) -> tuple[Ticket, Mapping[str, int]]:
    vector: dict[str, int] = {}
    for event in events:
        vector[event.owner] = max(event.ownerseq, vector.get(event.owner, 0))
    return fold(events), vector


def fold(events: Sequence[Event]) -> Ticket:
    """The ticket after these facts."""
    ticket = Ticket()
    for event in events:
        ticket = ticket.evolve(event)
    return ticket


def read_routes(reads: TicketReads) -> APIRouter:
    """The read routes."""
    router = APIRouter(tags=["reads"])

    @router.get(
        "/tickets/{ticket}",
        summary="Get a ticket with its open gates",
        response_model=None,
        responses=returns((TicketDocument, ClientTicketDocument), "The ticket; the second form for client-it"),
    )
    def ticket(reader: Reader, ticket: TicketPath, at: AsOf = None) -> Response:
        return reads.ticket(ticket, reader, at)

    @router.get(
        "/tickets/{ticket}/timeline",
        summary="List the facts of a ticket",
        response_model=None,
        responses=returns(TimelineDocument, "The facts, oldest first"),
    )
    def ticket_timeline(reader: Reader, ticket: TicketPath, at: AsOf = None) -> Response:
        return reads.timeline(ticket, reader, at)

    _offer_facts(router, reads)
    return router


def _offer_facts(router: APIRouter, reads: TicketReads) -> None:
    @router.get("/facts/{topic}/{subject}", summary="Get own facts, for a peer", response_model=None)
    def facts(
        peer: Peer,
        topic: Filter,
        subject: Subject,
        after: Annotated[int, Query(ge=0, le=LARGEST, description="ownerseq")] = 0,
    ) -> Response:
        return reads.facts(topic, subject, after)
