"""The ConnectWise connector against the simulated PSA: who is let in, tickets, and a PSA in trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from desk_connectors.connectwise import NewTicket, Ref
from desk_connectors.connectwise.records import ticket_revision
from desk_connectors.http import Limits, RecordGone, VendorRateLimited, VendorRefused, VendorUnavailable

if TYPE_CHECKING:
    from tests.contracts.conftest import Both, Pairs


HELP_DESK, NEW = 1, 15


def new(xref: str = "bb-1", **changes: Any) -> NewTicket:
    plain: dict[str, Any] = {"summary": "VPN down", "board": Ref(id=HELP_DESK), "company": Ref(id=250)}
    return NewTicket(**(plain | {"external_x_ref": xref} | changes))


async def test_a_ticket_is_created_read_and_listed(both: Both) -> None:
    made = await both.client.create_ticket(new(contact=Ref(id=611), impact="High", initial_description="since 14:00"))
    assert not made.found
    read = await both.client.ticket(made.ticket.id)
    assert (read.external_x_ref, read.status.id, read.impact, read.company.id) == ("bb-1", NEW, "High", 250)
    assert read.info.updated_by == "DeskAPI"
    (listed,) = await both.client.tickets().all()
    assert ticket_revision(listed) == ticket_revision(read) == ticket_revision(made.ticket)


@pytest.mark.parametrize(
    "wrong",
    [{"public_key": "NOBODY"}, {"private_key": "WRONG"}, {"client_id": "22222222-0000-0000-0000-000000000000"}],
)
async def test_wrong_credentials_are_refused_as_credentials(pair: Pairs, wrong: dict[str, str]) -> None:
    with pytest.raises(VendorRefused) as refused:
        await pair(**wrong).client.system_info()
    assert (refused.value.status, refused.value.credentials) == (401, True)


async def test_a_role_that_may_not_write_is_refused_as_credentials(pair: Pairs) -> None:
    both = pair(public_key="READONLYKEY", private_key="READONLYPRIVATE")
    assert (await both.client.system_info()).is_cloud
    with pytest.raises(VendorRefused) as refused:
        await both.client.create_ticket(new())
    assert (refused.value.status, refused.value.credentials) == (403, True)


async def test_a_version_that_is_no_longer_kept_is_answered_and_an_unknown_company_is_refused(pair: Pairs) -> None:
    assert (await pair(version="2019.1").client.system_info()).is_cloud
    with pytest.raises(VendorRefused, match="company_id"):
        await pair(company_id="nobody").client.system_info()


async def test_the_vendors_rate_limit_is_kept_and_its_wait_is_handed_on(pair: Pairs) -> None:
    both = pair(limits=Limits(deadline=0.3, read_delays=(), burst=100))
    await both.client.system_info()
    both.psa.state.behaviour.requests_per_minute = 3
    refused = 0
    for _ in range(10):
        try:
            await both.client.system_info()
        except VendorRateLimited as limited:
            refused += 1
            assert 0 < limited.retry_after <= 60
    assert refused == 7
    assert len([call for call in both.psa.ledger.calls if call.status == 429]) == 1
    both.clock.advance(60)
    assert (await both.client.system_info()).is_cloud


async def test_a_list_waits_out_a_rate_limit_and_is_complete(both: Both) -> None:
    ids = [both.opened() for _ in range(13)]
    both.psa.faults.once("too-many-requests", "GET", "service/tickets")
    assert [ticket.id for ticket in await both.client.tickets().all()] == ids
    assert max(both.clock.slept) >= 1.0


async def test_reads_survive_a_server_error_and_a_server_that_stays_broken_is_left_alone(both: Both) -> None:
    number = both.opened()
    both.psa.faults.once("server-error", "GET")
    assert (await both.client.ticket(number)).id == number
    both.psa.faults.change({"api_server_error": 1.0})
    for _ in range(10):
        with pytest.raises(VendorUnavailable):
            await both.client.ticket(number)
    assert len([call for call in both.psa.ledger.calls if call.status == 500]) == 6
    both.psa.faults.reset()
    both.clock.advance(15)
    assert (await both.client.ticket(number)).id == number


async def test_after_an_upgrade_reads_and_writes_go_on_at_the_new_codebase(both: Both) -> None:
    number = both.opened()
    await both.client.ticket(number)
    both.psa.faults.change({"codebase": "v2025_2/"})
    both.clock.advance(60)
    assert (await both.client.ticket(number)).id == number
    both.psa.faults.change({"codebase": "v2026_1/"})
    both.clock.advance(60)
    assert not (await both.client.create_ticket(new("bb-up"))).found
    assert len(await both.client.tickets_by_xref("bb-up")) == 1


async def test_a_deleted_ticket_is_gone_and_proven_so(both: Both) -> None:
    number, other = both.opened(), both.opened()
    both.jdoe.delete(number)
    with pytest.raises(RecordGone):
        await both.client.ticket(number)
    assert await both.client.ticket_is_gone(number)
    assert not await both.client.ticket_is_gone(other)
