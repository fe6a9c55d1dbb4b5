"""Facts that name a gate by its former name read as today's, and keep their bytes."""

from __future__ import annotations

import msgspec
import pytest

from desk.contract.codec import decode, encode
from desk.contract.event import Payload
from desk.contract.ticket.docs.facts import Closed
from desk.contract.ticket.triage.ends import OutsideClosureNoticed, OutsideResolutionContested, Resolved
from desk.testing import controls as c
from desk.testing.given import Story

END = "00000000-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Closed, {"resolution": END}),
        (Resolved, {}),
        (OutsideResolutionContested, {"observation": END}),
        (OutsideClosureNoticed, {"observation": END, "psa_actor": "psa-member:jdoe"}),
    ],
)
def test_a_recorded_fact_with_the_former_name_reads_as_the_new_one(kind: type[Payload], fields: dict[str, str]) -> None:
    data = msgspec.convert({**fields, "missing": ["documented", "client-informed"]}, kind)
    event = Story().given(*c.ready_for_work(), data).events[-1]
    recorded = encode(event).replace(b'"client-informed"', b'"told"')
    assert b'"told"' in recorded
    assert decode(recorded).data == data
