"""Statements of lists: conditions of the caller join those of the query, values are parameters only."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from desk.projections.listing import FilteredQuery, Filters

TABLE = sa.Table(
    "t", sa.MetaData(), sa.Column("client", sa.Text), sa.Column("live", sa.Boolean), sa.Column("n", sa.Integer)
)
t = TABLE.columns
FILTERS: Filters = {
    "n": t.n == sa.bindparam("n"),
    "either": (t.n > sa.bindparam("either")) | t.live,
    "state": {"on": t.live, "off": sa.not_(t.live)},
}


def made(select: sa.Select[tuple[int]]) -> FilteredQuery:
    return FilteredQuery(select, t.client, FILTERS)


def where(query: FilteredQuery, wanted: dict[str, object], clients: list[str] | None = None) -> str:
    text = query.statement(wanted, clients)[0].decode()
    return text.partition("WHERE ")[2].partition(" ORDER BY")[0]


def test_without_filters_every_row_is_selected() -> None:
    assert where(made(sa.select(t.n).order_by(t.n)), {"n": None}) == "true"


def test_filters_join_the_conditions_of_the_query() -> None:
    query = made(sa.select(t.n).where(t.live).order_by(t.n))
    assert where(query, {"n": 1}) == "t.live AND t.n = %(n)s"
    assert where(query, {"n": 1, "state": "off"}) == "t.live AND t.n = %(n)s AND NOT t.live"


def test_an_alternative_stays_one_condition() -> None:
    assert where(made(sa.select(t.n)), {"either": 1, "n": 2}) == "(t.n > %(either)s OR t.live) AND t.n = %(n)s"


def test_values_are_parameters_and_never_text() -> None:
    text, values = made(sa.select(t.n)).statement({"n": "1 OR true"}, ["acme'; --"])
    assert b"OR true" not in text and b"acme" not in text
    assert values == {"n": "1 OR true", "scope": ["acme'; --"]}


def test_a_filter_that_the_list_does_not_have_is_an_error() -> None:
    with pytest.raises(KeyError):
        made(sa.select(t.n)).statement({"technician": "tess"}, None)
