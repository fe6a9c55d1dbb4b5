"""The query language of lists."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk_simulators.connectwise.listing.conditions import ConditionError, candidates, compile_expression, parse
from desk_simulators.kit.table import Record, Table

TICKET: Record = {
    "id": 5,
    "summary": 'VPN "main" down',
    "company": {"id": 250, "identifier": "ACME"},
    "closedFlag": False,
    "budgetHours": 1.5,
    "items": [{"kind": "Email", "value": "a@acme.example"}, {"kind": "Phone", "value": "+1"}],
    "_info": {"lastUpdated": "2026-01-15T14:00:00Z", "updatedBy": "jdoe"},
}


def holds(text: str, record: Record = TICKET) -> bool:
    return compile_expression(parse(text))(record)


@pytest.mark.parametrize(
    "text",
    [
        "id=5",
        "id != 6",
        "id>4 and id<6",
        "id>=5 AND id<=5",
        "budgetHours=1.5",
        "company/id=250",
        'company/identifier="acme"',
        'summary contains "VPN"',
        'summary contains "\\"main\\""',
        'summary like "vpn%"',
        'summary like "%down"',
        'summary like "v%n%"',
        'summary not contains "printer"',
        'not summary like "printer%"',
        "closedFlag=False",
        "closedFlag!=True",
        "id in (1, 5, 9)",
        "id not in (1,2)",
        'company/identifier in ("other","ACME")',
        "lastUpdated>[2026-01-15T13:59:59Z]",
        "lastUpdated = [2026-01-15T14:00:00Z]",
        "_info/lastUpdated<=[2026-01-15T15:00:00+01:00]",
        "lastUpdated < [2026-01-16]",
        'updatedBy="jdoe"',
        "owner = null",
        "company/id != null",
        'id=1 or (id=5 and (closedFlag=False or summary="x"))',
        "not (id=1 or id=2)",
        'items/value="a@acme.example"',
        'owner/identifier != "jdoe"',
    ],
)
def test_a_condition_that_is_true_of_the_record_holds(text: str) -> None:
    assert holds(text)


@pytest.mark.parametrize(
    "text",
    [
        "id=6",
        'id="5"',
        "closedFlag=True",
        "closedFlag=1",
        "closedFlag=0",
        'summary like "VPN"',
        "summary > 5",
        "owner/id > 0",
        "owner/id < 9",
        "lastUpdated>[2026-01-15T14:00:00Z]",
        "summary=[2026-01-15]",
        "id=5 and id=6",
        "id=5 and id=6 or id=7",
        "not id=5",
    ],
)
def test_a_condition_that_is_false_of_the_record_does_not_hold(text: str) -> None:
    assert not holds(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a field name"),
        ("id", "an operator"),
        ("id=", "a value"),
        ("id=5 id=6", "and, or or the end"),
        ("(id=5", "')'"),
        ("id=[yesterday]", "not an ISO date"),
        ("id in 5", "'('"),
        ("id=five", "a value"),
        ("id=5 and", "a field name"),
        ("summary='x'", "unexpected text"),
        ('summary="x', "unexpected text"),
        ("id not = 5", "an operator"),
        ("(" * 80 + "id=5" + ")" * 80, "nested deeper"),
    ],
)
def test_what_is_no_condition_is_refused_with_the_place_and_what_was_expected(text: str, said: str) -> None:
    with pytest.raises(ConditionError, match=r"position|nested") as refusal:
        parse(text)
    assert said in str(refusal.value)


@given(st.text(alphabet='id=<>!()[]"\\,andorti nl/50-ZT:%', max_size=40))
def test_any_text_is_parsed_or_refused_and_never_fails_otherwise(text: str) -> None:
    try:
        expression = parse(text)
    except ConditionError:
        return
    assert compile_expression(expression)(TICKET) in (True, False)


def numbered(count: int) -> Table:
    table = Table(indexed=("company/id", "name"))
    for number in range(1, count + 1):
        info = {"lastUpdated": f"2026-01-15T14:{number % 60:02}:00Z"}
        table.put({"id": number, "company": {"id": number % 7}, "name": f"N{number % 11}", "_info": info})
    return table


TERMS = st.sampled_from(
    [
        "id=17",
        "id in (3,30,300)",
        "company/id=3",
        'name="n4"',
        "lastUpdated>[2026-01-15T14:30:00Z]",
        "lastUpdated>=[2026-01-15T14:59:00.5Z]",
        "lastUpdated=[2026-01-15T14:10:00Z]",
        "lastUpdated<[2026-01-15T14:10:00Z]",
        "company/id=null",
        "not id=3",
        "(id=1 or id=2)",
    ]
)


@given(st.lists(TERMS, min_size=1, max_size=3), st.sampled_from([" and ", " or "]))
def test_the_index_finds_what_a_walk_over_all_records_finds(terms: list[str], joint: str) -> None:
    table, expression = numbered(120), parse(joint.join(terms))
    test = compile_expression(expression)
    by_index = sorted(record["id"] for record in candidates(table, expression) if test(record))
    assert by_index == [record["id"] for record in table if test(record)]


def test_an_indexed_condition_looks_at_few_records() -> None:
    looked_at: Any = candidates(numbered(1000), parse("lastUpdated>[2026-01-15T14:58:00Z] and company/id>1"))
    assert len(looked_at) < 50
