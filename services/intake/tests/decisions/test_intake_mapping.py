"""A person confirms which client or device of a vendor one of ours is; an id is never mapped twice."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from desk.contract.event import Actor, Draft
from desk.contract.streams.client import Client, Device
from desk.contract.streams.clients import ClientMapped, DeviceMapped
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal
from desk.policies import PolicyBook
from desk_intake.decisions.mapping import ConfirmMapping, confirm_mapping

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


def decide(client: Client = ACME, mapped_to: Any = (), sources: Any = None, **body: Any) -> list[Draft]:
    context = DecisionContext(
        id=uuid4(),
        actor=Actor("person", "cora"),
        now=datetime(2026, 3, 2, tzinfo=UTC),
        policies=PolicyBook(),
        subject="acme",
        sources=sources or Ninja(),
    )
    parsed = ConfirmMapping(**{"instance": "ninja-main", "external": "42", **body})
    return confirm_mapping(parsed, client, mapped_to, context)


def refused(code: str, **how: Any) -> Refusal:
    with pytest.raises(Refusal) as found:
        decide(**how)
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
