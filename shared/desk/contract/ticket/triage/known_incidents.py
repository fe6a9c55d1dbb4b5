"""The fact of step 4: known incidents, as the sources that the collector asked answered."""

from __future__ import annotations

from datetime import datetime

import msgspec

from desk.contract.event import CycleRule, Payload, Spec, Text
from desk.contract.ticket.triage.diagnosis import SourceState


class OpenIncident(msgspec.Struct, frozen=True, omit_defaults=True):
    """An open incident of a vendor's status page, or an open alert at the client.

    `external` is the source's id, `status` and `severity` are its words, `since` is by its clock. `device` is the
    client's device that an alert is about, None where the source named none that is mapped.
    """

    external: str
    what: Text
    status: str = ""
    severity: str = ""
    since: datetime | None = None
    device: str | None = None


class KnownIncidentsChecked(Payload, frozen=True, kw_only=True):
    """Step 4: known incidents of site and device were checked; `sources` maps each source to its result.

    `matches` are the sources' ids of the incidents that are open, `incidents` describe them; `omitted` counts those
    beyond the list. The sources were asked at `asked_at`. `reason` is a code that says why a result is `unknown` or
    `not-applicable`. `unavailable` names what the sources cannot report, `foreign` counts dropped rows of other
    clients.
    """

    spec = Spec("triage", ("check",), CycleRule.ALWAYS)
    check: str
    sources: dict[str, SourceState]
    matches: tuple[str, ...] = ()
    site: str | None = None
    device: str | None = None
    symptom: str | None = None
    asked_at: datetime | None = None
    reason: str = ""
    incidents: tuple[OpenIncident, ...] = ()
    omitted: int = 0
    unavailable: tuple[str, ...] = ()
    foreign: int = 0


FACTS: tuple[type[Payload], ...] = (KnownIncidentsChecked,)
