"""A person confirms and withdraws which client or device of a vendor one of ours is; an id is never mapped twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from desk.contract.event import Actor, Draft
from desk.contract.streams.client import Client, Device
from desk.contract.streams.clients import ClientMapped, ClientUnmapped, DeviceMapped
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal
from desk.policies import PolicyBook
from desk_intake.decisions.mapping import ConfirmMapping, WithdrawMapping, confirm_mapping, withdraw_mapping

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ACME = Client(
    revision="1",
    active=True,
    mappings={"ninja-main": "42"},
    devices={"d-1": Device(3, {"psa": "900", "ninja-main": "77"}, "workstation"), "d-2": Device(1, {"psa": "901"})},
)


class Ninja(NamedTuple):
    """One RMM that serves every client."""

    ids: tuple[str, ...] = ("ninja-main",)

    def configured(self, kind: str, client: str) -> tuple[str, ...]:
        return self.ids if kind == "rmm" else ()


def context_with(sources: Any) -> DecisionContext:
    return DecisionContext(
        id=uuid4(),
        actor=Actor("person", "cora"),
        now=NOW,
        policies=PolicyBook(),
        subject="acme",
        sources=sources or Ninja(),
    )


def decide(client: Client = ACME, mapped_to: Any = (), sources: Any = None, **body: Any) -> list[Draft]:
    parsed = ConfirmMapping(**{"instance": "ninja-main", "external": "42", **body})
    return confirm_mapping(parsed, client, mapped_to, context_with(sources))


def withdraw(client: Client = ACME, mapped_to: Any = (), sources: Any = None, **body: Any) -> list[Draft]:
    parsed = WithdrawMapping(**{"instance": "ninja-main", "external": "42", **body})
    return withdraw_mapping(parsed, client, mapped_to, context_with(sources))


def refused(code: str, decision: Callable[..., list[Draft]] = decide, **how: Any) -> Refusal:
    with pytest.raises(Refusal) as found:
        decision(**how)
    assert found.value.code == code
    return found.value


def test_a_client_is_mapped_by_a_person_and_mapped_anew_when_it_moves() -> None:
    fresh = Client(revision="1", active=True)
    assert [draft.data for draft in decide(fresh)] == [ClientMapped(vendor="ninja-main", external="42", by="cora")]
    assert [draft.data for draft in decide(external="43")] == [
        ClientMapped(vendor="ninja-main", external="43", by="cora")
    ]


def test_a_device_keeps_its_other_ids_and_its_class() -> None:
    (draft,) = decide(external="78", device="d-1")
    ids = {"psa": "900", "ninja-main": "78"}
    assert draft.data == DeviceMapped(device="d-1", revision=4, ids=ids, asset_class="workstation")


def test_a_mapping_in_force_is_not_recorded_again() -> None:
    assert decide(mapped_to=(("acme", ""),)) == []
    assert decide(external="77", device="d-1", mapped_to=(("acme", "d-1"),)) == []


def test_an_id_of_another_client_or_device_is_refused_by_name() -> None:
    assert refused("mapping_taken", external="44", mapped_to=(("brixton", ""),)).members["by"] == "brixton"
    taken = refused("mapping_taken", external="77", device="d-2", mapped_to=(("acme", "d-1"),))
    assert taken.members["by"] == "d-1"


def test_what_is_not_there_is_named_with_its_remedy() -> None:
    assert "client:" in refused("invalid_field", client=Client()).detail
    unconfigured = refused("invalid_field", instance="ninja-mian")
    assert unconfigured.detail.startswith("instance:") and "ninja-main" in unconfigured.remedy
    assert "DESK_INTEGRATIONS" in refused("invalid_field", sources=Ninja(())).remedy
    assert "d-9" in refused("device_other_client", device="d-9").detail


def test_a_withdrawn_mapping_of_a_client_names_the_id_that_it_had() -> None:
    assert [draft.data for draft in withdraw(mapped_to=(("acme", ""),))] == [
        ClientUnmapped(vendor="ninja-main", external="42", by="cora", at=NOW)
    ]


def test_a_withdrawn_mapping_of_a_device_leaves_its_other_ids_and_its_class() -> None:
    (draft,) = withdraw(external="77", device="d-1", mapped_to=(("acme", "d-1"),))
    assert draft.data == DeviceMapped(device="d-1", revision=4, ids={"psa": "900"}, asset_class="workstation")


def test_a_mapping_that_is_not_in_force_needs_no_withdrawal() -> None:
    assert withdraw(external="43") == []
    assert withdraw(client=Client(revision="1", active=True)) == []
    assert withdraw(external="77", device="d-2") == []


def test_the_mapping_of_another_client_or_device_is_not_withdrawn() -> None:
    assert refused("mapping_taken", withdraw, external="44", mapped_to=(("brixton", ""),)).members["by"] == "brixton"
    taken = refused("mapping_taken", withdraw, external="77", device="d-2", mapped_to=(("acme", "d-1"),))
    assert taken.members["by"] == "d-1"


def test_a_client_is_unmapped_from_an_instance_that_was_removed_and_a_device_is_not() -> None:
    assert len(withdraw(sources=Ninja(()), mapped_to=(("acme", ""),))) == 1
    remedy = refused("invalid_field", withdraw, external="77", device="d-1", sources=Ninja(())).remedy
    assert "DESK_INTEGRATIONS" in remedy


def test_the_id_of_the_psa_is_not_withdrawn() -> None:
    psa = refused("invalid_field", withdraw, instance="psa", external="900", device="d-1")
    assert psa.detail.startswith("instance:") and "ninja-main" in psa.remedy


def test_a_withdrawal_names_what_is_not_there_with_its_remedy() -> None:
    assert "client:" in refused("invalid_field", withdraw, client=Client()).detail
    unconfigured = refused("invalid_field", withdraw, instance="ninja-mian")
    assert unconfigured.detail.startswith("instance:") and "ninja-main" in unconfigured.remedy
    assert "d-9" in refused("device_other_client", withdraw, device="d-9").detail
