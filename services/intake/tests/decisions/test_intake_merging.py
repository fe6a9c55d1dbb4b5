"""A ticket is merged into another one about the same problem, and the merge is undone."""

from __future__ import annotations

from typing import Any

import pytest

from desk.contract.event import Draft
from desk.contract.ticket.docs.facts import Closed
from desk.contract.ticket.intake import facts as f
from desk.contract.ticket.intake.psa_record import PsaGone
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage.ends import Cancelled
from desk.testing import controls as c
from desk.testing.given import Outcome, Story

from .test_intake_decisions import open_story, send

ROOT = "T-9"
WHY = "Both are about the failed switch."


def another(*facts: Any, **opening: Any) -> Ticket:
    return Story().given(c.opening(**opening), *facts).ticket


def merge(story: Story, into: Ticket | None = None, *, root: str = ROOT) -> Outcome:
    others = {root: another() if into is None else into}
    return send(story, "merge", roles="DI", others=others, root=root, reason=WHY)


def unmerge(story: Story) -> Outcome:
    return send(story, "unmerge", roles="CO", reason="Another switch.")


def merged(*, mode: Any = None) -> Story:
    return open_story().given(Draft(data=f.MergedInto(root=ROOT, evidence=WHY), mode=mode))


def test_the_ticket_is_merged_and_the_root_absorbs_it() -> None:
    outcome = merge(open_story())
    assert [(draft.data, draft.subject) for draft in outcome.drafts] == [
        (f.MergedInto(root=ROOT, evidence=WHY), None),
        (f.MergeAbsorbed(loser=c.TICKET, evidence=WHY), ROOT),
    ]


def test_tickets_that_it_had_absorbed_go_on_to_the_root() -> None:
    story = open_story().given(f.MergeAbsorbed(loser="T-1", evidence=WHY))
    outcome = merge(story)
    assert [(draft.data.name, draft.subject) for draft in outcome.drafts] == [
        ("unmerged", None), ("merged-into", None), ("merged-into", "T-1"), ("merge-absorbed", ROOT),
        ("merge-absorbed", ROOT),
    ]  # fmt: skip
    ours = [draft for draft in outcome.drafts if draft.subject is None]
    after = story.given(*ours).ticket.intake
    assert (after.absorbed, after.merged_into) == ((), ROOT)
    gained = [draft.data.loser for draft in outcome.drafts if isinstance(draft.data, f.MergeAbsorbed)]
    assert gained == [c.TICKET, "T-1"]


def test_a_ticket_that_is_merged_into_the_root_already_records_nothing() -> None:
    assert merge(merged()).drafts == []


def test_a_ticket_that_is_merged_into_another_one_names_it() -> None:
    merge(merged(), root="T-8").refused("ticket_merged")


@pytest.mark.parametrize(
    ("root", "into", "code"),
    [
        (c.TICKET, another(), "merge_cycle"),
        (ROOT, Ticket(), "unknown_ticket"),
        (ROOT, another(client="globex"), "unknown_ticket"),
        (ROOT, another(f.MergedInto(root=c.TICKET, evidence=WHY)), "merge_cycle"),
        (ROOT, another(f.MergedInto(root="T-5", evidence=WHY)), "ticket_merged"),
        (ROOT, another(PsaGone(reason="deleted", proof=("1",), episode=1)), "ticket_gone"),
        (ROOT, another(Draft(data=Cancelled(reason="spam"), cycle=1)), "ticket_closed"),
    ],
)
def test_a_root_that_cannot_continue_the_ticket_is_refused(root: str, into: Ticket, code: str) -> None:
    merge(open_story(), into, root=root).refused(code)


def test_a_ticket_of_another_client_is_refused_before_its_state_is_named() -> None:
    merge(open_story(), another(f.MergedInto(root="T-5", evidence=WHY), client="globex")).refused("unknown_ticket")


def test_a_root_that_is_resolved_absorbs_a_closed_one_does_not() -> None:
    resolved = Story().given(c.opening(), c.resolved())
    assert merge(open_story(), resolved.ticket).names == ["merged-into", "merge-absorbed"]
    end = resolved.events[-1].id
    closed = resolved.given(Draft(data=Closed(resolution=end, code="network"), cycle=1))
    merge(open_story(), closed.ticket).refused("ticket_closed")


def test_a_merge_is_undone_on_both_tickets_and_again_records_nothing() -> None:
    story = merged()
    outcome = unmerge(story)
    assert [(draft.data.other, draft.subject) for draft in outcome.drafts if isinstance(draft.data, f.Unmerged)] == [
        (ROOT, None), (c.TICKET, ROOT),
    ]  # fmt: skip
    root = Story().given(c.opening(), f.MergeAbsorbed(loser=c.TICKET, evidence=WHY), outcome.drafts[1].data)
    assert root.ticket.intake.absorbed == ()
    after = story.given(outcome.drafts[0])
    assert after.ticket.intake.merged_into is None and unmerge(after).drafts == []


def test_a_merge_that_was_made_in_the_psa_is_not_undone() -> None:
    unmerge(merged(mode="outside")).refused("psa_cannot_unmerge")


def test_other_commands_on_a_merged_ticket_name_the_root() -> None:
    send(merged(), "restate-problem", statement="Still down").refused("ticket_merged")
