"""A fix that names a device of the client, whose host name is sealed in the event store."""

from __future__ import annotations

import pytest

from desk.contract.event import Stream
from desk.testing import controls as c

from .people import FIREWALL, Desk

pytestmark = pytest.mark.postgres


async def test_a_fix_at_a_firewall_by_its_name_breaks_the_rule_of_firewalls(desk: Desk) -> None:
    ticket = await desk.opens()
    await desk.does("intake", "verify-caller", ticket, contact=c.CONTACT, method="match")
    await desk.does("intake", "link-asset", ticket, device=c.DEVICE)
    await desk.does("triage", "assess-priority", ticket, impact="low", urgency="medium")
    service = desk.running.hosted["triage"].service
    await desk.replicated("triage", Stream.CLIENTS, c.CLIENT, lambda client: FIREWALL in client.devices)
    await desk.does("triage", "record-fix", ticket, what="Changed firewall policy 12", where="ACME-FW01")
    attempt = (await service.replica(Stream.TICKETS, ticket)).state.triage.attempt
    assert (attempt.violation, attempt.classes) == ("tier_forbidden", ("workstation", "core-firewall"))
