"""Every published refusal code is in the table, and a refusal always has the members that its code requires."""

from __future__ import annotations

import pytest

from desk.decision import refusal_codes
from desk.decision.refusal import REFUSALS, Missing, Refusal

TABLE = """
unknown_ticket ticket_gone ticket_merged cycle_conflict not_heard_yet forbidden_role forbidden_client replica_incomplete
ticket_closed caller_revoked unauthenticated idempotency_key_missing idempotency_key_reused unavailable invalid_field
changed_since
key_missing
psa_duplicate contact_terminated contact_unknown challenge_limit number_recently_changed directory_unknown
challenge_expired challenge_failed not_after_hours not_imported other_client device_other_client ambiguous_device
owned_by_psa mapping_taken unknown_incident sample_missing
reason_not_listed merge_cycle psa_cannot_unmerge internal_detail p1_evidence_missing reason_missing kind_too_small
incident_resolved no_session tier_forbidden member_unmapped caller_unverified asset_missing priority_missing
not_a_reproduction known_incident other_device not_collected handover_incomplete not_escalated page_open no_page
not_at_risk waiting_without_request until_in_past p1_cannot_wait_on_client emergency_not_allowed self_approval
verification_too_low verification_expired change_required change_window nothing_to_verify
verbal_is_not_verification fail_notes_missing window_open gates_open not_resolved window_over notes_missing
no_breach already_breached overlap period_closed already_invoiced time_unrated zero_needs_reason foreign_entry
client_unmapped resolution_too_thin no_address document_other_client not_your_work code_missing open_children
calendar_without_working_time legal_hold order_would_break write_back_off already_recorded
"""
PUBLISHED = TABLE.split()


def test_the_table_holds_exactly_the_published_codes() -> None:
    assert sorted(REFUSALS) == sorted(PUBLISHED)


@pytest.mark.parametrize("code", PUBLISHED)
def test_every_code_has_a_client_error_or_retry_status_a_title_and_a_remedy(code: str) -> None:
    rule = REFUSALS[code]
    assert rule.status in {400, 401, 403, 404, 409, 422, 503}
    assert rule.title[0].isupper() and not rule.title.endswith(".")
    assert rule.remedy.endswith(".")


def test_only_what_may_succeed_unchanged_is_retryable() -> None:
    assert {code for code, rule in REFUSALS.items() if rule.retryable} == {"not_heard_yet", "unavailable"}


def test_an_unpublished_code_is_refused_where_it_is_raised() -> None:
    with pytest.raises(ValueError, match="not published"):
        Refusal("gates_opne", "typo")


def test_a_refusal_without_the_members_it_carries_is_refused() -> None:
    with pytest.raises(ValueError, match="cycle_conflict must carry seen, now"):
        Refusal("cycle_conflict", "moved on")
    with pytest.raises(ValueError, match="gates_open must carry missing"):
        Refusal("gates_open")


def test_a_refusal_keeps_what_is_missing_with_owner_and_remedy() -> None:
    refusal = Refusal("gates_open", missing=[("caller", "intake", "Verify the caller.")])
    assert refusal.missing == (Missing("caller", "intake", "Verify the caller."),)
    assert (refusal.status, refusal.detail, refusal.retryable) == (409, "Gates are open", False)


def test_equal_refusals_compare_equal_so_that_decisions_can_be_compared() -> None:
    first, second = Refusal("cycle_conflict", seen=1, now=2), Refusal("cycle_conflict", seen=1, now=2)
    assert first == second and hash(first) == hash(second)
    assert first != Refusal("cycle_conflict", seen=1, now=3)


def test_an_unknown_code_names_the_module_of_the_codes() -> None:
    with pytest.raises(ValueError, match=f"'no_such_code' is not published: add it to {refusal_codes.__name__}$"):
        Refusal("no_such_code")
    assert refusal_codes.REFUSALS is REFUSALS
