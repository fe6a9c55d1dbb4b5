"""Conditions without injection, and patches that the vendor does not ignore."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk_connectors.connectwise import Field, Patch
from desk_connectors.connectwise.conditions import literal

NOON = datetime(2026, 1, 15, 12, 0, 0, 999_999, tzinfo=UTC)


def test_conditions_are_written_as_the_vendor_reads_them() -> None:
    wanted = Field("company/id").equals(250) & Field("closedFlag").equals(False) & Field("lastUpdated").above(NOON)
    assert str(wanted) == "((company/id=250) and (closedFlag=False)) and (lastUpdated>[2026-01-15T12:00:00Z])"
    assert str(Field("board/id").one_of([1, 2]) | ~Field("summary").contains("test")) == (
        '(board/id in (1,2)) or (not (summary contains "test"))'
    )
    assert str(Field("actualHours").at_least(Decimal("0.50"))) == "actualHours>=0.50"


def test_times_are_sent_in_utc_and_need_a_zone() -> None:
    east = datetime(2026, 1, 15, 14, tzinfo=timezone(timedelta(hours=2)))
    assert literal(east) == "[2026-01-15T12:00:00Z]"
    with pytest.raises(ValueError, match="zone"):
        literal(datetime(2026, 1, 15, 14))


def test_times_are_not_compared_with_at_least() -> None:
    with pytest.raises(ValueError, match="above"):
        Field("lastUpdated").at_least(NOON)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ('x" or id>0 or summary="', '"x\\" or id>0 or summary=\\""'),
        ("back\\slash", '"back\\\\slash"'),
        ('\\" or 1=1', '"\\\\\\" or 1=1"'),
        ("O'Brien & Söhne %", '"O\'Brien & Söhne %"'),
        ("", '""'),
    ],
)
def test_a_value_cannot_leave_its_quotes(value: str, written: str) -> None:
    assert literal(value) == written


@given(st.text(st.characters(min_codepoint=32, blacklist_characters="\x7f", blacklist_categories=["Cs"])))
def test_whatever_the_value_the_written_string_reads_back_as_that_value(value: str) -> None:
    assert json.loads(literal(value)) == value


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\tb", "\x00", "\x7f"])
def test_control_characters_in_a_value_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match="control"):
        Field("summary").equals(value)


@pytest.mark.parametrize("path", ["", "a b", "a=1 or b", "a//b", "/a", "a/", 'a"', "_info", "1a", "a\n"])
def test_a_field_path_is_letters_and_slashes(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        Field(path)


def test_an_empty_one_of_and_a_number_that_is_none_are_refused() -> None:
    with pytest.raises(ValueError, match="one_of"):
        Field("id").one_of([])
    with pytest.raises(ValueError, match="finite"):
        literal(Decimal("NaN"))


def test_a_patch_replaces_references_whole() -> None:
    patch = (
        Patch().reference("status", 17).replace("externalXRef", "bb-1").replace("requiredDate", NOON).remove("owner")
    )
    assert json.loads(patch.encode()) == [
        {"op": "replace", "path": "status", "value": {"id": 17}},
        {"op": "replace", "path": "externalXRef", "value": "bb-1"},
        {"op": "replace", "path": "requiredDate", "value": "2026-01-15T12:00:00Z"},
        {"op": "remove", "path": "owner"},
    ]


@pytest.mark.parametrize("path", ["company/identifier", "/status", "status/id", "", "a b"])
def test_a_nested_path_is_refused_because_the_vendor_would_take_it_and_do_nothing(path: str) -> None:
    with pytest.raises(ValueError, match="nested"):
        Patch().replace(path, "x")
    with pytest.raises(ValueError, match="nested"):
        Patch().reference(path, 1)
    with pytest.raises(ValueError, match="nested"):
        Patch().remove(path)


def test_communication_items_are_the_one_nested_path() -> None:
    patch = Patch().communication_item(1, "pat@acme.example").custom_fields([{"id": 4, "value": "HQ"}])
    paths = [operation["path"] for operation in json.loads(patch.encode())]
    assert paths == ["communicationItems/1/value", "customFields"]


def test_a_patch_that_says_nothing_or_one_thing_twice_is_refused() -> None:
    assert not Patch()
    with pytest.raises(ValueError, match="empty"):
        Patch().encode()
    with pytest.raises(ValueError, match="already"):
        Patch().reference("status", 1).remove("status")
