"""Publishing policies over HTTP on a real event store: checked, recorded once, applied by the book, refused for
others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from desk.decision.policies.documents import DOCUMENTS
from desk.decision.principal import Role
from desk.eventstore.catalogue_event_model import catalogued
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.http.admin.policies import policy_routes
from desk.http.admin.policy_versions import Policies
from desk.policies.book import PolicyBook, builtin
from desk.policies.following import follow
from desk.testing.http import Bench, fresh_key

pytestmark = pytest.mark.postgres
ROUTING = {**builtin("routing"), "p1_may_wait_on_client": True}
MATRIX = {**builtin("matrix"), "low": {"high": "P3", "medium": "P4", "low": "P4"}}


@pytest.fixture
def log(database: str) -> Iterator[EventLog]:
    migrate(database, "triage")
    book = PolicyBook()
    log = EventLog(database, "triage", catalogued(), Tables(), book)
    log.start()
    yield log
    log.stop()


@pytest.fixture
def book(log: EventLog) -> PolicyBook:
    book = PolicyBook()
    follow(book, log)
    return book


@pytest.fixture
def bench(log: EventLog, book: PolicyBook) -> Bench:
    return Bench([policy_routes(Policies(log, book, DOCUMENTS))])


async def published(bench: Bench, name: str, body: dict[str, Any], sub: str = "ann") -> Any:
    async with bench.client(Role.ADMIN, sub=sub) as client:
        return await client.post(f"/policies/{name}", json=body, headers=fresh_key())


async def test_a_published_policy_is_in_force_and_shown_with_its_content(bench: Bench, book: PolicyBook) -> None:
    answer = await published(bench, "routing", {"version": "2", "content": ROUTING})
    assert (answer.status_code, answer.json()["status"]) == (201, "published")
    assert book.version("routing") == "2"
    async with bench.client(Role.TIER1) as client:
        shown = (await client.get("/policies/routing")).json()
        listed = (await client.get("/policies")).json()["items"]
    assert (shown["version"], shown["content"], list(shown["published"])) == ("2", ROUTING, ["2"])
    assert {row["policy"]: row["in_force"] for row in listed}["routing"] == "2"


async def test_a_matrix_is_published_by_the_second_person(bench: Bench, book: PolicyBook) -> None:
    body = {"version": "2", "content": MATRIX}
    first = await published(bench, "matrix", body)
    assert first.json()["status"].startswith("drafted")
    assert book.version("matrix") == "1"
    again = await published(bench, "matrix", body)
    assert (again.status_code, again.json()["facts"]) == (200, [])
    second = await published(bench, "matrix", body, sub="bob")
    assert (second.json()["status"], book.version("matrix")) == ("published", "2")


async def test_the_same_content_again_records_nothing_and_other_content_is_refused(bench: Bench) -> None:
    body = {"version": "2", "content": ROUTING}
    await published(bench, "routing", body)
    again = await published(bench, "routing", body, sub="bob")
    assert (again.status_code, again.json()["facts"]) == (200, [])
    other = await published(bench, "routing", {"version": "2", "content": builtin("routing")})
    assert (other.status_code, other.json()["code"]) == (409, "overlap")


async def test_a_retired_version_gives_way_to_the_one_before(bench: Bench, book: PolicyBook) -> None:
    await published(bench, "routing", {"version": "2", "content": ROUTING})
    async with bench.client(Role.ADMIN) as client:
        answer = await client.post("/policies/routing/retire", json={"version": "2"}, headers=fresh_key())
    assert (answer.json()["status"], book.version("routing")) == ("retired", "1")


@pytest.mark.parametrize(
    ("name", "body", "field"),
    [
        ("routing", {"version": "2", "content": {**ROUTING, "queues": {}}}, "content.queues"),
        ("routing", {"version": "2", "content": ROUTING, "effective_from": "2020-01-01T00:00:00Z"}, None),
        ("routing", {"version": "no good", "content": ROUTING}, "version"),
        ("rate-card", {"version": "2", "content": builtin("rate-card")}, "policy"),
        ("nonsense", {"version": "2", "content": {}}, "policy"),
    ],
)
async def test_what_cannot_be_published_is_refused_with_field_and_remedy(
    bench: Bench, name: str, body: dict[str, Any], field: str | None
) -> None:
    answer = await published(bench, name, body)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem.get("field")) == (422, "invalid_field", field)
    assert problem["remedy"]


async def test_only_administrators_publish(bench: Bench) -> None:
    async with bench.client(Role.COORDINATOR) as client:
        answer = await client.post("/policies/routing", json={"version": "2", "content": ROUTING}, headers=fresh_key())
    assert answer.status_code == 403


async def test_a_new_process_knows_what_was_published(bench: Bench, log: EventLog) -> None:
    await published(bench, "routing", {"version": "2", "content": ROUTING})
    book = PolicyBook()
    follow(book, log)
    assert (book.version("routing"), book.get("routing")) == ("2", ROUTING)


async def test_what_a_version_would_change_is_said_and_nothing_is_recorded(bench: Bench, book: PolicyBook) -> None:
    body = {"version": "2", "content": MATRIX}
    async with bench.client(Role.ADMIN, sub="ann") as client:
        told = (await client.post("/policies/matrix/changes", json=body)).json()
        assert told == {
            "policy": "matrix",
            "version": "2",
            "would": "policy-drafted",
            "against": "1",
            "changes": ["low.high: P2 -> P3", "low.medium: P3 -> P4"],
        }
        past = {**body, "effective_from": "2020-01-01T00:00:00Z"}
        refused = (await client.post("/policies/matrix/changes", json=past)).json()
        assert "effective_from" in refused["detail"]
        faulty = await client.post("/policies/matrix/changes", json={"version": "2", "content": {"high": {}}})
        assert faulty.status_code == 422
    assert book.version("matrix") == "1"
    async with bench.client(Role.TIER1) as client:
        assert (await client.get("/policies/matrix")).json()["drafts"] == {}
        assert (await client.post("/policies/matrix/changes", json=body)).status_code == 403
