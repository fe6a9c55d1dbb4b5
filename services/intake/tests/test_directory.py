"""Clients of a desk without a PSA: recorded by command, changed by the same command, refused where a PSA owns them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from desk.contract.event import Actor, Draft
from desk.contract.streams.client import Client
from desk.contract.streams.clients import AgreementObserved, ClientObserved, DeviceMapped, TierAssigned
from desk.decision.context import DecisionContext, unkeyed
from desk.decision.principal import Role
from desk.decision.refusal import Refusal
from desk.policies import PolicyBook
from desk.testing.facts import event
from desk.testing.served import Served, served
from desk_intake.decisions.directory import (
    AddAgreement,
    AddClient,
    AddDevice,
    add_agreement,
    add_client,
    add_device,
)
from desk_intake.main import INTAKE

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CONTEXT = DecisionContext(id=UUID(int=1), actor=Actor("person", "ada"), now=NOW, policies=PolicyBook(), subject="acme")


def after(client: Client, drafts: list[Draft]) -> Client:
    for draft in drafts:
        client = client.evolve(event(draft.data))
    return client


def decided(client: Client, **body: Any) -> list[Draft]:
    return add_client(AddClient(**{"title": "Acme Ltd", **body}), client, CONTEXT)


def test_a_client_is_recorded_with_its_tier_and_again_records_nothing() -> None:
    drafts = decided(Client(), tier="gold", zone="Europe/Rome")
    observed, tier = (draft.data for draft in drafts)
    assert isinstance(observed, ClientObserved) and isinstance(tier, TierAssigned)
    assert (observed.instance, observed.record, observed.title, observed.zone) == (
        "directory", "acme", "Acme Ltd", "Europe/Rome",
    )  # fmt: skip
    assert (tier.before, tier.after, tier.effective) == (None, "gold", NOW)
    assert decided(after(Client(), drafts), tier="gold", zone="Europe/Rome") == []


def test_a_tier_that_is_left_out_stays_and_another_one_is_assigned() -> None:
    client = after(Client(), decided(Client(), tier="gold"))
    assert decided(client) == []
    (changed,) = decided(client, tier="silver")
    assert changed.data == TierAssigned(before="gold", after="silver", effective=NOW)


def test_a_return_to_an_earlier_title_is_a_new_fact() -> None:
    revisions, client = [], Client()
    for title in ("Acme Ltd", "Acme Group", "Acme Ltd"):
        (draft,) = decided(client, title=title)
        client = after(client, [draft])
        revisions.append(client.revision)
    assert len(set(revisions)) == 3


def test_a_client_of_a_psa_is_refused() -> None:
    read = ClientObserved(revision="7", instance="psa", record="250", active=True, title="Acme")
    with pytest.raises(Refusal) as refused:
        decided(after(Client(), [Draft(data=read)]))
    assert (refused.value.code, refused.value.detail) == ("owned_by_psa", "client: 'acme' is read from 'psa'.")


def test_a_zone_that_is_no_iana_zone_is_refused() -> None:
    with pytest.raises(Refusal, match="zone: 'Europe/Rom' is no IANA zone"):
        decided(Client(), zone="Europe/Rom")


ACME = after(Client(), decided(Client()))
OF_PSA = after(
    Client(), [Draft(data=ClientObserved(revision="7", instance="psa", record="250", active=True, title="Acme"))]
)
STARTS = datetime(2026, 1, 1, tzinfo=UTC)


def device(client: Client, *owners: str, **body: Any) -> list[Draft]:
    fields = {"device": "lt-1", "hostname": "LT-1", "asset_class": "workstation", **body}
    return add_device(AddDevice(**fields), client, owners, CONTEXT)


def agreement(client: Client, owner: str | None = None, **body: Any) -> list[Draft]:
    fields = {"agreement": "acme-managed", "kind": "managed", "starts": STARTS, **body}
    return add_agreement(AddAgreement(**fields), client, owner, CONTEXT)


def refusal(decide: Any, *given: Any, **body: Any) -> tuple[str, str]:
    with pytest.raises(Refusal) as refused:
        decide(*given, **body)
    return refused.value.code, refused.value.detail


def test_a_device_is_recorded_once_and_a_change_is_its_next_revision() -> None:
    (draft,) = device(ACME)
    assert draft.data == DeviceMapped(
        device="lt-1",
        revision=1,
        ids={"directory": "lt-1"},
        asset_class="workstation",
        hostname="LT-1",
        hostname_hash=unkeyed("LT-1"),
    )
    client = after(ACME, [draft])
    assert device(client, "acme") == []
    for change in ({"hostname": "LT-2"}, {"asset_class": "server"}):
        (changed,) = device(client, "acme", **change)
        assert isinstance(changed.data, DeviceMapped) and changed.data.revision == 2


def test_a_device_keeps_the_ids_that_vendors_gave_it() -> None:
    mapped = DeviceMapped(device="lt-1", revision=2, ids={"directory": "lt-1", "ninja": "5"}, asset_class="workstation")
    (changed,) = device(after(ACME, [Draft(data=mapped)]), "acme", asset_class="server")
    assert isinstance(changed.data, DeviceMapped) and changed.data.ids == {"directory": "lt-1", "ninja": "5"}


def test_a_device_of_a_psa_or_of_another_client_is_refused() -> None:
    of_psa = DeviceMapped(device="lt-1", revision=1, ids={"psa": "77"})
    assert refusal(device, after(ACME, [Draft(data=of_psa)]))[0] == "owned_by_psa"
    assert refusal(device, OF_PSA) == ("owned_by_psa", "client: 'acme' is read from 'psa'.")
    assert refusal(device, ACME, "globex")[0] == "device_other_client"
    assert refusal(device, Client()) == ("invalid_field", "client: 'acme' is not recorded.")


def test_an_agreement_is_recorded_once_and_ended_by_the_same_command() -> None:
    (draft,) = agreement(ACME, covers=("remote",))
    assert isinstance(draft.data, AgreementObserved)
    assert (draft.data.revision, draft.data.kind, draft.data.covers) == ("1-directory", "managed", ("remote",))
    client = after(ACME, [draft])
    assert agreement(client, "acme", covers=("remote",)) == []
    (ended,) = agreement(client, "acme", covers=("remote",), ends=NOW)
    assert isinstance(ended.data, AgreementObserved) and ended.data.revision == "2-directory"
    assert after(client, [ended]).agreement(NOW) is None and client.agreement(NOW) == "acme-managed"


def test_an_agreement_of_a_psa_of_another_client_or_of_no_time_is_refused() -> None:
    assert refusal(agreement, OF_PSA)[0] == "owned_by_psa"
    assert refusal(agreement, ACME, "globex")[0] == "other_client"
    assert refusal(agreement, ACME, ends=STARTS) == ("invalid_field", "ends: it is not after starts.")
    assert refusal(agreement, Client())[0] == "invalid_field"


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Served]:
    async with served(database, INTAKE) as found:
        yield found


@pytest.mark.postgres
async def test_a_ticket_is_opened_for_a_client_of_the_directory(desk: Served) -> None:
    body = {"title": "Acme Ltd", "tier": "gold"}
    added = await desk.post("/clients/acme/add-client", body, Role.ADMIN, by="ada")
    names = [fact["type"] for fact in added.json()["facts"]]
    assert names == ["desk.intake.client-observed.v1", "desk.intake.tier-assigned.v1"]
    assert (await desk.post("/clients/acme/add-client", body, Role.ADMIN, by="ada")).json()["facts"] == []
    opened = await desk.post("/tickets", {"client": "acme", "problem": "VPN down"})
    assert opened.status_code == 201
    refused = await desk.post("/clients/acme/add-client", body, Role.TIER1)
    assert refused.json()["code"] == "forbidden_role"


@pytest.mark.postgres
async def test_a_desk_without_a_psa_verifies_a_caller_and_links_a_device(desk: Served) -> None:
    async def adds(path: str, body: dict[str, Any]) -> Any:
        return await desk.post(path, body, Role.DISPATCHER, by="dora")

    for client in ("acme", "globex"):
        assert (await adds(f"/clients/{client}/add-client", {"title": client, "tier": "gold"})).status_code == 200
    pat = {"contact": "acme-pat", "name": "Pat Doe", "email": "pat@acme.example", "phones": ["+1 555 0100"]}
    added = await adds("/clients/acme/add-contact", pat)
    assert [fact["type"] for fact in added.json()["facts"]] == ["desk.intake.contact-observed.v1"]
    for again in (pat, {**pat, "phones": ["+1 555 0199"]}, {**pat, "phones": ["+1 555 0199"]}):
        facts = (await adds("/clients/acme/add-contact", again)).json()["facts"]
    assert facts == [], "the last one is recorded already"
    device = {"device": "lt-1", "hostname": "LT-1", "asset_class": "workstation"}
    assert len((await adds("/clients/acme/add-device", device)).json()["facts"]) == 1
    assert (await adds("/clients/acme/add-device", device)).json()["facts"] == []
    agreement = {"agreement": "managed", "kind": "managed", "starts": "2026-01-01T00:00:00Z"}
    assert len((await adds("/clients/acme/add-agreement", agreement)).json()["facts"]) == 1
    staff = {"name": "Tess Tier", "oidc_subject": "tess"}
    assert len((await adds("/staff/tess/add-staff", staff)).json()["facts"]) == 1
    assert (await adds("/staff/tess/add-staff", staff)).json()["facts"] == []
    for path, body, code in (
        ("/clients/globex/add-device", device, "device_other_client"),
        ("/clients/globex/add-agreement", agreement, "other_client"),
        ("/clients/globex/add-contact", pat, "other_client"),
        ("/clients/acme/add-contact", {**pat, "contact": "acme"}, "invalid_field"),
        ("/clients/nobody/add-device", {"device": "lt-9"}, "invalid_field"),
    ):
        assert (await adds(path, body)).json()["code"] == code
    ticket = (await desk.post("/tickets", {"client": "acme", "contact": "acme-pat", "problem": "VPN"})).json()[
        "subject"
    ]
    verify = {"cycle": 1, "contact": "acme-pat", "method": "match"}
    assert (await desk.post(f"/tickets/{ticket}/verify-caller", verify)).status_code == 200
    early = await desk.post(f"/tickets/{ticket}/verify-caller", {**verify, "method": "call-back"})
    assert early.json()["code"] == "number_recently_changed"
    linked = await desk.post(f"/tickets/{ticket}/link-asset", {"cycle": 1, "device": "lt-1"})
    assert linked.status_code == 200, linked.text
