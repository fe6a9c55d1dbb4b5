"""Walking the chains of stored facts."""

from __future__ import annotations

import json
from hashlib import sha256

from desk.eventstore.rows import EventRow
from desk.eventstore.table_writer import SKIPPED
from desk.projections.exports.chains import LENGTH, ChainLine, chain_lines

TOPIC = "desk.docs.x.v1"


def fact(owner: str, ownerseq: int, prevhash: str, text: str = "") -> bytes:
    found = {"type": TOPIC, "source": f"/desk/{owner}", "ownerseq": ownerseq, "prevhash": prevhash, "data": text}
    return json.dumps(found).encode()


def chain(owner: str, count: int) -> list[EventRow]:
    rows: list[EventRow] = []
    for number in range(1, count + 1):
        before = sha256(rows[-1].raw).hexdigest() if rows else ""
        rows.append(EventRow("t1", number, TOPIC, owner, number, fact(owner, number, before)))
    return rows


def walked(*rows: EventRow) -> list[ChainLine]:
    return list(chain_lines(rows))


def test_a_whole_chain_has_the_digest_of_each_fact_and_no_problem() -> None:
    rows = chain("docs", 3)
    digests = tuple(sha256(row.raw).hexdigest()[:LENGTH] for row in rows)
    assert walked(*rows) == [ChainLine("t1", "docs", digests)]


def test_owners_and_aggregates_have_chains_of_their_own_in_any_order_of_recording() -> None:
    docs, sla = chain("docs", 2), chain("sla", 1)
    other = [row._replace(aggregate="t2") for row in chain("sla", 1)]
    lines = walked(sla[0], docs[1], docs[0], *other)
    assert [(line.aggregate, line.owner, len(line.digests), line.broken) for line in lines] == [
        ("t1", "docs", 2, {}),
        ("t1", "sla", 1, {}),
        ("t2", "sla", 1, {}),
    ]


def test_a_changed_fact_breaks_the_chain_at_the_next_one() -> None:
    one, two, three = chain("docs", 3)
    raw = fact("docs", 2, json.loads(two.raw)["prevhash"], "changed")
    (line,) = walked(one, two._replace(raw=raw), three)
    assert list(line.broken) == [3]


def test_a_missing_fact_is_named_once() -> None:
    one, _, three, four = chain("docs", 4)
    (line,) = walked(one, three, four)
    assert line.broken == {2: "the fact is missing"}
    assert [bool(digest) for digest in line.digests] == [True, False, True, True]


def test_a_first_fact_that_names_one_before_it_is_broken() -> None:
    _, two = chain("docs", 2)
    (line,) = walked(two._replace(ownerseq=1, raw=fact("docs", 1, json.loads(two.raw)["prevhash"])))
    assert list(line.broken) == [1]


def test_a_skipped_fact_is_neither_broken_nor_proof_of_the_next() -> None:
    one, two, three = chain("docs", 3)
    (line,) = walked(one, two._replace(topic=SKIPPED + TOPIC, raw=b"garbage"), three)
    assert line.broken == {}
    assert line.digests[1] == ""


def test_bytes_that_are_no_fact_or_of_another_place_are_named() -> None:
    one, two = chain("docs", 2)
    (line,) = walked(one._replace(raw=b"\xff"), two)
    assert line.broken[1] == "its bytes are no fact"
    (line,) = walked(one, two._replace(raw=fact("sla", 2, json.loads(two.raw)["prevhash"])))
    assert list(line.broken) == [2]
    (line,) = walked(one, two._replace(topic="desk.docs.y.v1"))
    assert list(line.broken) == [2]
