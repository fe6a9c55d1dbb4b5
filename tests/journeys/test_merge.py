"""A ticket is merged into another over HTTP: every service names the root, until the merge is undone."""

from __future__ import annotations

from typing import Any

import pytest

from desk.decision.principal import Role

from .people import Desk

pytestmark = pytest.mark.postgres
DISPATCHER: dict[str, Any] = {"role": Role.DISPATCHER, "who": "dana"}
WHY: dict[str, Any] = {"reason": "Both are about the failed switch."}


async def test_a_merged_ticket_is_merged_at_every_service_until_it_is_unmerged(desk: Desk) -> None:
    root = await desk.opens(problem="The switch failed")
    ticket = await desk.opens(problem="No network in room 3", not_a_duplicate="another room")
    await desk.does("intake", "merge", ticket, root=root, **WHY, **DISPATCHER)
    again = await desk.does("intake", "merge", ticket, root=root, **WHY, **DISPATCHER)
    assert again["facts"] == []
    for service in ("triage", "sla", "billing", "docs"):
        await desk.until(service, ticket, status="merged")
    refused = await desk.command("triage", "take", ticket)
    assert (refused.json()["code"], refused.json()["root"]) == ("ticket_merged", root)
    await desk.all_applied(root, ("intake", "triage", "sla", "billing", "docs"))
    assert "merge-absorbed" in await desk.facts("docs", root)
    undone = await desk.does("intake", "unmerge", ticket, **WHY, **DISPATCHER)
    assert [fact["type"] for fact in undone["facts"]] == ["desk.intake.unmerged.v1"] * 2
    for service in ("triage", "sla", "billing", "docs"):
        await desk.until(service, ticket, status="new")
    await desk.does("triage", "take", ticket)


async def test_a_technician_does_not_merge_and_a_circle_is_refused(desk: Desk) -> None:
    root = await desk.opens(problem="The switch failed")
    ticket = await desk.opens(problem="No network in room 3", not_a_duplicate="another room")
    refused = await desk.command("intake", "merge", ticket, root=root, **WHY)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden_role")
    await desk.does("intake", "merge", ticket, root=root, **WHY, **DISPATCHER)
    circle = await desk.command("intake", "merge", root, root=ticket, **WHY, **DISPATCHER)
    assert (circle.status_code, circle.json()["code"]) == (409, "merge_cycle")
    unknown = await desk.command("intake", "merge", root, root="no-such-ticket", **WHY, **DISPATCHER)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_ticket")
