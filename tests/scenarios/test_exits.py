"""Every state has a way out for somebody who may take it: the table in `exits`, each row executed by each role."""

from __future__ import annotations

import pytest

from desk.contract.event import Draft, Payload
from desk.contract.ticket.intake.facts import MergedInto
from desk.contract.ticket.ticket import Status, Ticket, status
from desk.decision.command import Command, decide
from desk.decision.principal import Role
from desk.decision.reads import Found
from desk.eventstore.handler_registry import chained
from desk.policies import PolicyBook
from desk.testing import controls as c
from desk.testing.given import Story, writing
from desk_billing import reactions as billing
from desk_billing import timers as billing_timers
from desk_billing.commands import COMMANDS as BILLING
from desk_billing.decisions.entries import ELSEWHERE
from desk_docs import reactions as docs
from desk_docs import timers as docs_timers
from desk_docs.commands import COMMANDS as DOCS
from desk_intake import reactions as intake
from desk_intake.commands import COMMANDS as INTAKE
from desk_sla.commands import COMMANDS as SLA
from desk_triage import reactions as triage
from desk_triage import timers as triage_timers
from desk_triage.commands import COMMANDS as TRIAGE
from desk_triage.decisions.attempts.fix import NAMED

from .exits import EXITS, FINAL, GONE, STATES, STAYS, TIMED, Exit

COMMANDS: dict[str, Command] = {one.name: one for one in (*INTAKE, *TRIAGE, *SLA, *BILLING, *DOCS)}
REACTIONS = (intake.REACTIONS, triage.REACTIONS, billing.REACTIONS, docs.REACTIONS)
"""Sla's reactions judge clocks and end none of these states."""
MERGED = MergedInto(root="root-1", evidence="same")
BESIDE = frozenset(("breach unexplained", "session open", "page unjudged"))
"""States of rows that no type lists word by word."""


def named(row: Exit) -> str:
    return f"{row.state}: {row.does if isinstance(row.does, str) else row.does.name}"


def settle(told: Story, drafts: tuple[Payload | Draft, ...]) -> Story:
    """Record these facts, and what every service answers, until nobody has an answer."""
    for one in drafts:
        told.given(one)
        event = told.events[-1]
        for table in REACTIONS:
            reactions = table.get(type(event.data), ())
            found = chained(reactions)(event, told.ticket, told.context(id=event.id, roles="", origin=event.origin))
            settle(told, tuple(draft for draft in found if draft.subject is None))
    return told


def begun(row: Exit, *more: Payload) -> Story:
    """The ticket in the row's state."""
    told = settle(Story(writing()), (*row.given, *more))
    assert row.holds(told.ticket), f"{row.state}: the ticket is not in that state"
    return told


def leave(row: Exit, told: Story, role: str) -> Ticket:
    """The ticket after the row's command, sent by somebody with this role alone, or after its fact."""
    if not isinstance(row.does, str):
        return settle(told, (row.does,)).ticket
    command = COMMANDS[row.does]
    assert Role.parse(role) in command.roles, f"{row.does} is not offered to {role}"
    fields = row.body(told.ticket) if callable(row.body) else row.body
    body = command.body(**{"cycle": told.ticket.cycle, **fields})
    root = Story().given(c.opening()).ticket
    found = Found(c.CLIENT, {"root-1": root}, {ELSEWHERE.name: (), NAMED.name: ()})
    outcome = told.when(lambda b, t, x: decide(command, b, t, x, found), body, by=c.TECHNICIAN, roles=role)
    assert outcome.refusal is None, f"{named(row)} by {role}: {outcome.refusal}"
    return settle(told, tuple(draft for draft in outcome.drafts if draft.subject is None)).ticket


def roles(row: Exit) -> list[str]:
    return row.roles.split() or [""]


def test_every_state_has_a_row_or_a_reason_and_no_row_is_about_nothing() -> None:
    listed = {row.state for row in (*EXITS, *STAYS)}
    assert set(STATES) - listed - FINAL.keys() == set(), "without a way out"
    assert (listed | FINAL.keys()) - set(STATES) == BESIDE, "no type has these states"
    assert listed & FINAL.keys() == set()


@pytest.mark.parametrize("row", [*EXITS, *STAYS], ids=named)
def test_a_state_ends_by_its_command_for_each_role_or_by_its_fact(row: Exit) -> None:
    for role in roles(row):
        assert not row.holds(leave(row, begun(row), role)), f"{named(row)} by {role or 'itself'} ends nothing"


@pytest.mark.parametrize("away", [MERGED, GONE], ids=["merged", "gone"])
@pytest.mark.parametrize("row", STAYS, ids=named)
def test_it_ends_also_on_a_ticket_that_was_merged_or_whose_record_is_gone(row: Exit, away: Payload) -> None:
    for role in roles(row):
        told = begun(row, away)
        assert status(told.ticket) in (Status.MERGED, Status.GONE)
        assert not row.holds(leave(row, told, role)), f"{named(row)} by {role} ends nothing"


def test_exactly_the_commands_that_end_what_stays_are_permitted_elsewhere() -> None:
    elsewhere = {name for name, command in COMMANDS.items() if command.allowed == "elsewhere"}
    assert elsewhere == {row.does for row in STAYS}


def test_every_timer_names_the_state_that_waits_for_it() -> None:
    armed = {"triage": triage_timers.DUE, "docs": docs_timers.DUE, "billing": billing_timers.DUE}
    assert TIMED.keys() == {f"{service} {timer}" for service, due in armed.items() for timer in due}
    assert triage_timers.scheduling(PolicyBook())


def test_a_table_without_a_row_for_a_state_would_fail() -> None:
    listed = {row.state for row in (*EXITS, *STAYS) if row.state != "wait vendor"} | FINAL.keys()
    assert set(STATES) - listed == {"wait vendor"}
