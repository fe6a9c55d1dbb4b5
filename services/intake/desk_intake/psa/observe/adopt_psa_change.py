"""Adopts changes that people make in the PSA to intake's own fields: caller, client and problem. Pure."""

from __future__ import annotations

from datetime import datetime

from desk.contract.event import Actor, Draft, Payload
from desk.contract.streams.client import Client
from desk.contract.ticket.intake import facts as f
from desk.contract.ticket.intake.caller import CallerReplaced
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext
from desk_intake.decisions.opening import tier_of
from desk_intake.psa.observed_record_types import Fields, ObservedTicket

LONGEST_PROBLEM = 100


def external_draft(data: Payload, seen: ObservedTicket, time: datetime | None = None) -> Draft:
    """Draft a fact that happened in the PSA, with its author as the actor."""
    return Draft(data=data, time=time or seen.at, mode="outside", actor=Actor.parse(seen.by))


def adopted_changes(
    newest: ObservedTicket, psa_fields: Fields, ticket: Ticket, client: Client, context: DecisionContext
) -> list[Draft]:
    """Facts that adopt a person's changes of caller, client and problem in the PSA."""
    before, fields = ticket.intake.psa_fields, newest.fields
    if not before or ticket.intake.merged_into:
        return []
    changed = {name for name in ("contact", "client", "summary") if psa_fields.get(name) != before.get(name)}
    revision = ticket.intake.revisions + 1
    drafts: list[Draft] = []
    if "client" in changed and fields["client"] not in (None, ticket.intake.client):
        corrected = f.ClientCorrected(before=ticket.intake.client, after=fields["client"] or "", revision=revision)
        tier = tier_of(fields["client"] or "", client, ticket.intake.opened_at or newest.at)
        drafts += [external_draft(corrected, newest), external_draft(tier, newest)]
        revision += 1
    if "contact" in changed and fields["contact"] not in (None, ticket.intake.contact):
        replaced = CallerReplaced(before=ticket.intake.contact, after=fields["contact"] or "", revision=revision)
        drafts.append(external_draft(replaced, newest))
    if "summary" in changed:
        drafts += _restated(newest, ticket, context)
    return drafts


def _restated(newest: ObservedTicket, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    statement = newest.summary[:LONGEST_PROBLEM]
    text_hash = context.fingerprint(statement)
    if text_hash == ticket.intake.problem_hash:
        return []
    return [external_draft(f.ProblemRestated(statement=statement, text_hash=text_hash), newest)]


def same_value(field: str, one: str | None, other: str | None) -> bool:
    """Whether two values of a field are equal. The PSA varies the case of a member's name."""
    return one == other or (field == "technician" and (one or "").lower() == (other or "").lower())
