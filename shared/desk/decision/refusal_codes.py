"""The table of refusal codes: status, title and default remedy."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Rule(NamedTuple):
    """One refusal code. `carries` names members that the response must have."""

    status: int
    title: str
    remedy: str
    carries: tuple[str, ...] = ()
    retryable: bool = False


def _conflict(title: str, remedy: str, *carries: str) -> Rule:
    return Rule(409, title, remedy, carries)


COMMON: Mapping[str, Rule] = {
    "unknown_ticket": Rule(
        404, "No such ticket here", "Check the ticket id; a new ticket may take a moment to be replicated."
    ),
    "ticket_gone": _conflict(
        "The PSA record of this ticket is gone", "Wait for the record to return or open a new ticket."
    ),
    "ticket_merged": _conflict("The ticket was merged into another", "Send the command to the root ticket.", "root"),
    "cycle_conflict": _conflict(
        "The ticket has moved on to another cycle", "Read the ticket again and decide anew.", "seen", "now"
    ),
    "changed_since": _conflict(
        "Facts were recorded after those that Desk-If names", "Read the later facts and decide anew.", "later"
    ),
    "not_heard_yet": Rule(
        409, "This service has not applied all facts that you have seen yet", "Send the same command again.", (), True
    ),
    "forbidden_role": Rule(403, "Your role may not do this", "Ask somebody with one of the allowed roles."),
    "forbidden_client": Rule(403, "This client is outside your scope", "Ask for the client to be added to your scope."),
    "replica_incomplete": _conflict(
        "A fact of this ticket was skipped here", "An administrator repairs the ticket (desk parked list)."
    ),
    "ticket_closed": _conflict("The ticket is closed", "Reopen it, or open a follow-up ticket."),
    "caller_revoked": _conflict(
        "The caller is on hold", "Replace and verify the caller, or let the coordinator clear the hold."
    ),
    "key_missing": _conflict(
        "The key that seals this subject's texts is missing from the key ring",
        "An administrator restores the key ring or accepts the loss (desk keys list).",
        "subject",
        "keys",
    ),
    "unauthenticated": Rule(401, "No valid token", "Send a current token: Authorization: Bearer <token>."),
    "idempotency_key_missing": Rule(
        400, "The command has no Idempotency-Key", "Send a header Idempotency-Key, new for every command."
    ),
    "idempotency_key_reused": Rule(
        422, "The Idempotency-Key was used for another command", "Use a new Idempotency-Key for a new command."
    ),
    "unavailable": Rule(
        503, "The service cannot answer now", "Send it again with the same Idempotency-Key after Retry-After.", (), True
    ),
    "already_recorded": _conflict(
        "Something else is recorded already", "Read what is recorded; correct it by its own command.", "recorded"
    ),
    "invalid_field": Rule(422, "A field is not valid", "Correct the named fields and send the command again."),
}

INTAKE: Mapping[str, Rule] = {
    "psa_duplicate": _conflict(
        "An open ticket of this contact and symptom exists", "Use a candidate, or override with a reason.", "candidates"
    ),
    "contact_terminated": _conflict(
        "The contact is terminated",
        "Do not help; record the claim (reject-caller, reason terminated), which alerts security.",
    ),
    "contact_unknown": _conflict(
        "No current contact matches the caller", "Match another contact, or reject the caller."
    ),
    "challenge_limit": _conflict(
        "Too many challenges for this contact", "Wait an hour, or ask the manager to approve."
    ),
    "number_recently_changed": _conflict(
        "The number on record changed in the last 7 days", "Verify by code, push or manager instead."
    ),
    "directory_unknown": _conflict("The directory did not answer", "Verify at level 1, or try again later."),
    "challenge_expired": _conflict("The challenge is older than 10 minutes", "Start a new challenge."),
    "challenge_failed": _conflict(
        "The challenge was not answered correctly", "Start a new challenge, or reject the caller."
    ),
    "not_after_hours": _conflict("It is inside the client's calendar", "Go on without consent."),
    "not_imported": _conflict("The ticket is live already", "Nothing is to be adopted."),
    "owned_by_psa": _conflict("A PSA owns the record", "Change it in the PSA; the desk reads it from there."),
    "mapping_taken": _conflict(
        "The vendor's id is mapped to another client or device", "Choose another id, or correct that mapping.", "by"
    ),
    "other_client": _conflict("It belongs to another client", "Choose one of the ticket's client."),
    "device_other_client": _conflict("The device belongs to another client", "Choose a device of the ticket's client."),
    "ambiguous_device": _conflict("Several devices match", "Choose one of the candidates.", "candidates"),
    "reason_not_listed": _conflict("The reason is not on the list", "Choose a reason of the policy."),
    "merge_cycle": _conflict("The merge would end in itself", "Merge into the root, or unmerge first."),
    "psa_cannot_unmerge": _conflict("The PSA cannot undo a merge", "Split what is needed into a new ticket."),
    "internal_detail": _conflict("The text holds internal detail", "Remove the marked spans.", "spans"),
}

TRIAGE: Mapping[str, Rule] = {
    "p1_evidence_missing": _conflict("P1 needs its evidence", "State what makes it P1 (site down, revenue, safety)."),
    "reason_missing": _conflict("A reason is needed", "State the reason."),
    "kind_too_small": _conflict("The kind is too small for this priority", "Change the kind to incident first."),
    "unknown_incident": Rule(
        404, "No such incident", "Check the incident id; GET /incidents lists those that are open."
    ),
    "incident_resolved": _conflict("The incident is resolved", "Link another incident, or none."),
    "sample_missing": _conflict(
        "Nobody saw a child work again", "Watch the failing action succeed for at least one child, and name it."
    ),
    "no_session": _conflict("No session is open", "Open a session, or name the one meant."),
    "tier_forbidden": _conflict("Your tier may not do this here", "Escalate to Tier 2."),
    "member_unmapped": _conflict("The technician has no PSA member", "Map the person to a PSA member first."),
    "caller_unverified": _conflict("The caller is not verified", "Verify the caller."),
    "asset_missing": _conflict("No asset is linked", "Link the asset, or waive it with a reason."),
    "priority_missing": _conflict("No priority is assessed", "Assess impact and urgency."),
    "not_a_reproduction": _conflict("This is not a reproduction", "State what is missing.", "missing"),
    "known_incident": _conflict(
        "A known incident explains this", "Wait for the incident, or detach the ticket with a reason (unlink-incident)."
    ),
    "other_device": _conflict("The snapshot is of another device", "Review the snapshot of the linked device."),
    "not_collected": _conflict("Nothing is collected yet", "Wait for the collection, or start it."),
    "handover_incomplete": _conflict("The hand-over is incomplete", "Add what is missing.", "missing"),
    "not_escalated": _conflict(
        "The ticket was not escalated in this cycle", "Move it with queue, and assign it with assign."
    ),
    "page_open": _conflict("A page is open", "Acknowledge it, or wait for its next level.", "page"),
    "no_page": _conflict("The ticket has no such page", "Read the ticket's timeline for its pages."),
    "not_at_risk": _conflict("The target is not at risk", "Page by hand as coordinator, or wait."),
    "waiting_without_request": _conflict("Nobody was asked", "Name the message that asked the client."),
    "until_in_past": _conflict("The time is past", "Give a time in the future."),
    "p1_cannot_wait_on_client": _conflict("A P1 does not wait on the client", "Lower the priority first, or go on."),
    "emergency_not_allowed": _conflict("P3 and P4 carry no emergency change", "Request a normal change."),
    "self_approval": _conflict("Nobody approves their own change", "Ask another approver."),
    "verification_too_low": _conflict("The caller's level is too low", "Verify the caller at level 2 or more."),
    "verification_expired": _conflict("The verification has expired", "Verify the caller again."),
    "change_required": _conflict("An approved change is needed", "Request the change and have it approved."),
    "change_window": _conflict("Outside the change's window", "Wait for the window, or request another."),
    "nothing_to_verify": _conflict("This attempt has no fix", "Record the fix first."),
    "verbal_is_not_verification": _conflict(
        "Verification must be observed", "Watch the original action in a session, on site or by monitor."
    ),
    "fail_notes_missing": _conflict("What failed is missing", "State what failed and who saw it."),
    "window_open": _conflict("The monitoring window is open", "Wait until it ends.", "until"),
    "gates_open": _conflict("Gates are open", "Meet what is missing.", "missing"),
    "not_resolved": _conflict("The ticket is not resolved", "Resolve it first."),
    "window_over": _conflict("The reopen window is over", "Open a follow-up ticket."),
    "notes_missing": _conflict("What did not work is missing", "State what did not work."),
}

SLA: Mapping[str, Rule] = {
    "no_breach": _conflict("There is no breach", "Nothing is to be explained."),
    "already_breached": _conflict("The target is breached already", "Explain the breach instead."),
}

BILLING: Mapping[str, Rule] = {
    "overlap": _conflict("It overlaps with another", "Change one of the two, or confirm the overlap."),
    "period_closed": _conflict("The billing period is closed", "Book into an open period."),
    "already_invoiced": _conflict("It is on an invoice", "Correct it by a new entry."),
    "time_unrated": _conflict("Entries are not rated", "Rate what is missing."),
    "zero_needs_reason": _conflict("Zero time needs a reason", "State the reason."),
    "foreign_entry": _conflict("It is another person's entry", "Let its owner or billing do it."),
}

DOCS: Mapping[str, Rule] = {
    "client_unmapped": _conflict("The client has no documentation organisation", "Map the client first."),
    "resolution_too_thin": _conflict("The resolution says too little", "Add what is missing.", "missing"),
    "no_address": _conflict("There is no address to send to", "Choose a contact with an address."),
    "document_other_client": _conflict("The document belongs to another client", "Name a document of this client."),
    "not_your_work": _conflict("Somebody else did the work", "The assignee signs; for leavers the coordinator."),
    "code_missing": _conflict("No resolution code is chosen", "Choose a code; there is no default."),
    "open_children": _conflict("Children are open", "Resolve or unlink the children.", "children"),
}

EACH: Mapping[str, Rule] = {
    "calendar_without_working_time": _conflict("The calendar has no working time", "Give it at least one interval."),
    "write_back_off": _conflict(
        "The message would not reach the client",
        "Tell the client another way, or let an administrator publish policy write-back.",
        "setting",
        "permits",
    ),
    "legal_hold": _conflict("A legal hold is in force", "Lift the hold first."),
    "order_would_break": _conflict(
        "Facts would be handled out of order", "Start with the oldest parked fact of the ticket."
    ),
}

REFUSALS: Mapping[str, Rule] = MappingProxyType({**COMMON, **INTAKE, **TRIAGE, **SLA, **BILLING, **DOCS, **EACH})
"""Every refusal code of the published commands; codes of the HTTP layer itself are in desk.http.problems.problem."""
