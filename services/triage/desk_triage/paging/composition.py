"""Composes paging: the calls of every paging instance, their plans, and the route of their callbacks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import cast

from fastapi import APIRouter

from desk.service.definition import Integrations
from desk.service.parts import Parts
from desk_integrations.evidence.collector import Collector
from desk_integrations.kinds.paging import Paging
from desk_triage.paging.callbacks import callback_route
from desk_triage.paging.calls import PagingCalls
from desk_triage.paging.planning import KIND, effects


def paging(collector: Collector, calls: type[PagingCalls] = PagingCalls) -> Integrations:
    """Paging over the instances of a collector, which makes their adapters and closes them."""
    found = [one for one in collector.instances.instances if one.kind == KIND]

    def port(instance: str) -> Paging:
        return cast(Paging, collector.port(KIND, instance))

    def routers(parts: Parts) -> Sequence[APIRouter]:
        return (callback_route({one.id: port(one.id) for one in found}, parts.service.log),)

    kinds = [kind for one in found for kind in calls(one, partial(port, one.id), collector.lookup).kinds()]
    return Integrations(kinds=kinds, effects=effects(collector.instances) if found else {}, routers=routers)
