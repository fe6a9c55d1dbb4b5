"""Encoding and decoding facts, and refusing bytes that are none."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.contract.bounds import EARLIEST, LATEST
from desk.contract.catalogue import FACTS
from desk.contract.codec import Unknown, Unrecordable, decode, encode
from desk.contract.envelope import RawEnvelope
from desk.contract.event import Event, Payload
from desk.contract.ticket import docs, sla
from desk.contract.ticket.billing.facts import TimeRated, UnbilledLabourFlagged
from desk.contract.ticket.docs.facts import FollowUpRaised, ResolutionDocumented
from desk.testing.facts import event, payloads

FACT = event(ResolutionDocumented(rev=1, root_cause="stale credentials", actions=("restart it",), symptom="vpn"))


def altered(**changes: Any) -> bytes:
    """The fact as JSON with some attributes replaced, or left out where None."""
    fields = msgspec.json.decode(encode(FACT))
    merged = {**fields, **changes}
    return msgspec.json.encode({name: value for name, value in merged.items() if value is not None})


@pytest.mark.parametrize("cls", FACTS, ids=lambda cls: cls.name)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_any_fact_comes_back_equal_and_encodes_to_the_same_bytes(cls: type[Payload], data: st.DataObject) -> None:
    fact = event(data.draw(payloads(cls)))
    raw = encode(fact)
    assert decode(raw) == fact
    assert encode(decode(raw)) == raw


def test_a_fact_is_a_cloudevent_in_structured_json() -> None:
    fields = msgspec.json.decode(encode(FACT))
    assert fields["specversion"] == "1.0"
    assert fields["type"] == "desk.docs.resolution-documented.v1"
    assert fields["source"] == "/desk/docs"
    assert fields["data"]["actions"] == ["restart it"]


def test_a_type_from_the_future_is_kept_byte_for_byte_and_changes_no_slice() -> None:
    raw = altered(type="desk.docs.resolution-praised.v1", data={"stars": [1, 2, {"deep": "é"}]})
    heard = decode(raw)
    assert heard.data == Unknown(raw='{"stars":[1,2,{"deep":"é"}]}'.encode())
    assert encode(heard) == raw
    assert docs.evolve(docs.INITIAL, heard) is docs.INITIAL


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("0001-01-01T00:00:00+14:00", EARLIEST),
        ("1969-12-31T23:59:59Z", EARLIEST),
        ("9999-12-31T23:59:59-14:00", LATEST),
        ("2100-01-01T00:00:00.000001Z", LATEST),
    ],
)
def test_a_recorded_time_out_of_bounds_is_read_as_the_nearest_bound(written: str, read_as: datetime) -> None:
    opened = event(FollowUpRaised(follow_up="f", kind="k", owner="o", due=EARLIEST, ref="", note=""))
    fields = msgspec.json.decode(encode(opened))
    fields |= {"time": written, "recordedtime": written, "data": {**fields["data"], "due": written}}
    found = decode(msgspec.json.encode(fields))
    assert isinstance(found.data, FollowUpRaised)
    assert (found.time, found.recordedtime, found.data.due) == (read_as, read_as, read_as)


def test_a_fact_that_no_peer_could_read_is_refused_with_the_remedy() -> None:
    with pytest.raises(Unrecordable, match="shorten its texts"):
        encode(event(ResolutionDocumented(rev=1, root_cause="x" * 1_000_000, actions=(), symptom="vpn")))
    with pytest.raises(Unrecordable, match="may not be recorded"):
        encode(event(ResolutionDocumented(rev=1, root_cause="half \ud800", actions=(), symptom="vpn")))


def test_unknown_fields_of_a_known_type_are_ignored() -> None:
    raw = altered(data={**msgspec.json.decode(encode(FACT))["data"], "added_later": 1}, addedlater="x")
    assert decode(raw) == FACT


def test_an_older_version_reads_as_todays() -> None:
    old = {"set_hash": "h", "entries": ["1"], "amount": "10.50", "currency": "EUR", "age": 9, "why": "no-agreement"}
    heard = decode(altered(type="desk.billing.unbilled-labour-flagged.v1", source="/desk/billing", data=old))
    assert heard.type == "desk.billing.unbilled-labour-flagged.v2"
    assert heard.data == UnbilledLabourFlagged(
        set_hash="h", entries=("1",), amount=Decimal("10.50"), currency="EUR", age_days=9, why="no-agreement"
    )


@pytest.mark.parametrize(
    ("more", "charged", "band", "value"),
    [
        ({"hours": "business-hours"}, 15, "business", "16.50"),
        ({"billing_class": "covered", "amount": "0.00", "hours": "after-hours"}, 0, "after-hours", "16.50"),
        ({"rule": "by-hand", "amount": "16.50"}, 10, "", "16.50"),
        ({"rate": "0", "amount": "0.00"}, 10, "", "0.00"),
    ],
)
def test_a_rating_of_version_1_has_its_charged_minutes_its_band_and_its_list_value(
    more: dict[str, str], charged: int, band: str, value: str
) -> None:
    base = {"minutes": 10, "billing_class": "billable", "rule": "tm", "rate": "99", "amount": "24.75"}
    old = {**base, "currency": "EUR", "calendar": "office@1 Etc/UTC", **more}
    data = {"entry": "e1", "rev": 1, "rating": 1, "lines": [old], "by": "", "reason": ""}
    heard = decode(altered(type="desk.billing.time-rated.v1", source="/desk/billing", data=data))
    assert heard.type == "desk.billing.time-rated.v2"
    assert isinstance(heard.data, TimeRated)
    (line,) = heard.data.lines
    assert (line.minutes, line.charged, line.band, line.list_value) == (10, charged, band, Decimal(value))
    assert (line.amount, line.day, line.versions) == (Decimal(old["amount"]), None, ())


def test_every_head_field_is_an_event_field() -> None:
    assert {f.name for f in msgspec.structs.fields(RawEnvelope)} == {f.name for f in msgspec.structs.fields(Event)}


def test_evolve_ignores_the_facts_of_others() -> None:
    assert sla.evolve(sla.INITIAL, FACT) is sla.INITIAL
