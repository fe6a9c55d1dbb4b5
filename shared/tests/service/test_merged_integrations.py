"""Integrations of one service beside each other: calls for one fact add up, names stay distinct."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from desk.contract.event import Draft
from desk.contract.ticket.intake.assets import AssetLinked, AssetUnlinked
from desk.contract.ticket.ticket import Ticket
from desk.decision.planning import Intent, OutboundCall, Outcome
from desk.eventstore.handler_registry import chained
from desk.outbox.outbound_call_kind import OutboundCallKind
from desk.service.definition import Integrations
from desk.service.merged_integrations import merge, merged
from desk.testing import controls as c
from desk.testing.given import Story


class Of:
    def __init__(self, *ids: str) -> None:
        self.ids = ids

    def configured(self, kind: str, client: str) -> tuple[str, ...]:
        return self.ids


async def call(_planned: OutboundCall, _state: Any) -> Outcome:
    return Outcome("done")


def one(name: str, *triggers: Any, prepared: list[str] | None = None) -> Integrations:
    return Integrations(
        kinds=(OutboundCallKind(name, "pager", call, lambda _planned, _state: False),),
        effects={trigger: (lambda _event, _state: [Intent(name)],) for trigger in triggers},
        lookups={f"of-{name}": lambda _body, _client: name},
        prepare=lambda _parts: prepared.append(name) if prepared is not None else None,
        sources=Of(name),
    )


def test_every_integration_plans_its_calls_for_the_same_fact() -> None:
    prepared: list[str] = []
    found = merge(
        [one("psa", AssetLinked, prepared=prepared), one("rmm", AssetLinked, AssetUnlinked, prepared=prepared)]
    )
    event = Story().given(c.opening(), Draft(data=c.linked())).events[-1]
    assert [intent.kind for intent in chained(found.effects[AssetLinked])(event, Ticket())] == ["psa", "rmm"]
    assert [intent.kind for intent in chained(found.effects[AssetUnlinked])(event, Ticket())] == ["rmm"]
    assert [kind.name for kind in found.kinds] == ["psa", "rmm"]
    assert found.sources.configured("rmm", str(uuid4())) == ("psa", "rmm")
    assert sorted(found.lookups) == ["of-psa", "of-rmm"]
    found.prepare(None)  # type: ignore[arg-type]
    assert prepared == ["psa", "rmm"]


def test_two_of_a_name_are_refused_when_the_service_is_composed() -> None:
    compose = merged(lambda *_: one("rmm"), lambda *_: one("rmm"))
    with pytest.raises(ValueError, match="rmm is there twice"):
        compose(None, None, None)  # type: ignore[arg-type]
