"""The five services by name. Each is imported on use, so that a process of one service loads no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desk.service.definition import Definition


def _intake() -> Definition:
    from desk_intake.main import INTAKE

    return INTAKE


def _triage() -> Definition:
    from desk_triage.main import TRIAGE

    return TRIAGE


def _sla() -> Definition:
    from desk_sla.main import SLA

    return SLA


def _billing() -> Definition:
    from desk_billing.main import BILLING

    return BILLING


def _docs() -> Definition:
    from desk_docs.main import DOCS

    return DOCS


SERVICES: Mapping[str, Callable[[], Definition]] = {
    "intake": _intake,
    "triage": _triage,
    "sla": _sla,
    "billing": _billing,
    "docs": _docs,
}
