"""Five slices, each changed by its owner's facts alone: equal in every order that keeps each owner's order."""

import random
import timeit
from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk.contract.catalogue import FACTS, initial
from desk.contract.codec import digest
from desk.contract.event import OWNERS, CycleRule, Event, Payload, Stream
from desk.contract.ticket import billing, docs, intake, sla, triage
from desk.contract.ticket.ticket import Ticket, flags, status
from desk.testing.facts import Pools, event, payloads

ROOMS: dict[str, tuple[Any, Callable[[Any, Event], Any]]] = {
    "intake": (intake.INITIAL, intake.evolve),
    "triage": (triage.INITIAL, triage.evolve),
    "sla": (sla.INITIAL, sla.evolve),
    "billing": (billing.INITIAL, billing.evolve),
    "docs": (docs.INITIAL, docs.evolve),
}
POOLS = Pools(
    texts=st.sampled_from(["", "some text"]),
    codes=st.sampled_from(["response", "a", "b"]),
    ids=st.integers(1, 8).map(lambda n: UUID(int=n)),
)
OF_TICKETS = [cls for cls in FACTS if cls.spec.stream is Stream.TICKETS]


def _facts(cls: type[Payload]) -> st.SearchStrategy[tuple[Payload, int]]:
    return st.tuples(payloads(cls, POOLS), st.integers(1, 2))


def histories(stream: Stream) -> st.SearchStrategy[list[tuple[Payload, int]]]:
    classes = [cls for cls in FACTS if cls.spec.stream is stream]
    return st.lists(st.sampled_from(classes).flatmap(_facts), max_size=15)


def recorded(history: list[tuple[Payload, int]]) -> list[Event]:
    """The facts with sequence numbers per owner, in cycle 1 or 2."""
    seqs = dict.fromkeys(OWNERS, 0)
    events = []
    for number, (payload, cycle) in enumerate(history, 1):
        owner = "intake" if payload.spec.owner == "each" else payload.spec.owner
        seqs[owner] += 1
        cycled = {"cycle": cycle} if payload.spec.cycle is CycleRule.ALWAYS else {}
        events.append(event(payload, owner=owner, seq=seqs[owner], id=UUID(int=number), **cycled))
    return events


def folded(events: list[Event]) -> Ticket:
    ticket = Ticket()
    for fact in events:
        ticket = ticket.evolve(fact)
    return ticket


def interleaved(events: list[Event], seed: int) -> list[Event]:
    """Another order of the same facts that keeps each owner's order."""
    queues = {owner: [fact for fact in events if fact.owner == owner] for owner in OWNERS}
    chosen = random.Random(seed)
    order = []
    while any(queues.values()):
        owner = chosen.choice([owner for owner, queue in queues.items() if queue])
        order.append(queues[owner].pop(0))
    return order


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=histories(Stream.TICKETS), seed=st.integers(0, 2**32))
def test_every_order_that_keeps_each_owners_order_gives_the_same_five_slices(
    history: list[tuple[Payload, int]], seed: int
) -> None:
    events = recorded(history)
    first, second = folded(events), folded(interleaved(events, seed))
    assert first == second
    assert (status(first), first.cycle, flags(first)) == (status(second), second.cycle, flags(second))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=histories(Stream.TICKETS))
def test_each_slice_folded_alone_is_the_tickets_slice(history: list[tuple[Payload, int]]) -> None:
    events = recorded(history)
    ticket = folded(events)
    for owner, (state, evolve) in ROOMS.items():
        for fact in events:
            if fact.owner == owner:
                state = evolve(state, fact)
        assert state == getattr(ticket, owner)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=histories(Stream.TICKETS))
def test_a_folded_ticket_can_be_kept_as_json_and_comes_back_equal(history: list[tuple[Payload, int]]) -> None:
    ticket = folded(recorded(history))
    kept = msgspec.json.encode(ticket)
    again = msgspec.json.decode(kept, type=Ticket)
    assert again == ticket
    assert digest(again) == digest(ticket)


@pytest.mark.parametrize("stream", [stream for stream in Stream if stream is not Stream.TICKETS])
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_the_streams_beside_the_ticket_fold_any_facts_and_can_be_kept(stream: Stream, data: st.DataObject) -> None:
    state = initial(stream)
    for fact in recorded(data.draw(histories(stream))):
        state = state.evolve(fact)
    kept = msgspec.json.encode(state)
    assert msgspec.json.decode(kept, type=type(state)) == state


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=histories(Stream.TICKETS))
def test_folding_changes_no_earlier_state(history: list[tuple[Payload, int]]) -> None:
    ticket = Ticket()
    for fact in recorded(history):
        before = digest(ticket)
        after = ticket.evolve(fact)
        assert digest(ticket) == before
        ticket = after


def test_every_step_of_a_slice_belongs_to_a_fact_of_its_owner() -> None:
    for owner, module in (("sla", sla), ("billing", billing), ("docs", docs)):
        assert set(module.EVOLVE) <= set(module.FACTS)
        assert all(cls.spec.owner == owner for cls in module.EVOLVE)


def test_one_fact_folds_in_a_few_microseconds() -> None:
    fact = event(sla.facts.ThresholdReached(clock="response", percent=50, rev=1))
    started = sla.facts.ClockStarted(clock="response", starts_at=fact.time, due=fact.time, seconds=60)
    ticket = Ticket().evolve(event(started))
    rounds = 5000
    per_fact = min(timeit.repeat(lambda: ticket.evolve(fact), number=rounds, repeat=5)) / rounds
    assert per_fact < 20e-6, f"evolve took {per_fact * 1e6:.1f} us"


def test_an_answer_that_did_not_reach_the_client_is_flagged_until_one_does() -> None:
    f, psa = intake.conversation, intake.psa

    def reply(message: str, channel: str = "psa") -> Payload:
        return f.ReplySent(message=message, author="human", audience="public", to_requester=True, channel=channel)

    lost = f.ReplyUndelivered(message="m1", reason="write_back_off", effect="e1")
    delivered = psa.PsaSynced(effect="e1", fields=(), shown=0, revision="note-5", created={"m1": "5"})
    first = folded(recorded([(reply("m1"), 1), (lost, 1)]))
    assert (first.intake.undelivered, flags(first)) == ({"m1": "write_back_off"}, ("reply-undelivered",))
    assert [m.message for m in first.intake.answers] == []
    assert first == folded(recorded([(reply("m1"), 1), (lost, 1), (lost, 1)]))
    by_phone = folded(recorded([(reply("m1"), 1), (lost, 1), (reply("m2", "phone"), 1)]))
    assert (flags(by_phone), [m.message for m in by_phone.intake.answers]) == ((), ["m2"])
    later = folded(recorded([(reply("m1"), 1), (lost, 1), (delivered, 1)]))
    assert (later.intake.undelivered, [m.message for m in later.intake.answers]) == ({}, ["m1"])
