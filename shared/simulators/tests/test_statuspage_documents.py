"""Documents of the simulated page: fields, types, lists, times, caching, refusals, as the contract has them."""

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import fromstring

import httpx
import pytest

from desk_simulators.kit.http.control import PREFIX
from desk_simulators.statuspage import Demo, Page, StatuspageSimulator

PAGE = {"id", "name", "url", "time_zone", "updated_at"}
COMPONENT = {
    "id", "name", "status", "created_at", "updated_at", "position", "description", "showcase", "start_date",
    "group_id", "page_id", "group", "only_show_if_degraded",
}  # fmt: skip
UPDATE = {
    "id", "status", "body", "incident_id", "created_at", "updated_at", "display_at", "affected_components",
    "deliver_notifications", "custom_tweet", "tweet_id",
}  # fmt: skip
INCIDENT = {
    "id", "name", "status", "created_at", "updated_at", "monitoring_at", "resolved_at", "impact", "shortlink",
    "started_at", "page_id", "incident_updates", "components",
}  # fmt: skip
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)")
KEY = re.compile(r"[a-z0-9]{12}")
PATHS = {
    "summary.json": {"page", "status", "components", "incidents", "scheduled_maintenances"},
    "status.json": {"page", "status"},
    "components.json": {"page", "components"},
    "incidents.json": {"page", "incidents"},
    "incidents/unresolved.json": {"page", "incidents"},
    "scheduled-maintenances.json": {"page", "scheduled_maintenances"},
    "scheduled-maintenances/upcoming.json": {"page", "scheduled_maintenances"},
    "scheduled-maintenances/active.json": {"page", "scheduled_maintenances"},
}


async def read(visitor: httpx.AsyncClient, path: str = "summary.json") -> dict[str, Any]:
    answer = await visitor.get(f"/api/v2/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    found: dict[str, Any] = answer.json()
    return found


def times(value: object) -> Iterator[str]:
    """Every value under a key that ends with `_at`, `_for` or `_until`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.endswith(("_at", "_for", "_until")) and isinstance(inner, str):
                yield inner
            yield from times(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from times(inner)


@pytest.mark.parametrize("path", PATHS)
async def test_every_document_has_its_keys_and_nothing_else(
    page: StatuspageSimulator, visitor: httpx.AsyncClient, path: str
) -> None:
    page.owner.report("Login errors", components=["Sign-in"])
    found = await read(visitor, path)
    assert found.keys() == PATHS[path]
    assert found["page"].keys() == PAGE and found["page"]["id"] == "ab12cd34ef56"
    assert all(TIME.fullmatch(time) for time in times(found))


async def test_records_have_the_fields_and_types_of_the_contract(
    page: StatuspageSimulator, visitor: httpx.AsyncClient
) -> None:
    page.owner.report("Login errors", "major", components=["Sign-in", "EU Dashboard"], component_status="major_outage")
    found = await read(visitor)
    for component in found["components"]:
        group = component["group"]
        assert component.keys() == COMPONENT | ({"components"} if group else set())
        assert (component["start_date"] is None, component["showcase"]) == (group, not group)
        assert KEY.fullmatch(component["id"]) and type(component["position"]) is int
    (incident,) = found["incidents"]
    assert incident.keys() == INCIDENT
    assert (incident["status"], incident["impact"], incident["resolved_at"]) == ("investigating", "major", None)
    (update,) = incident["incident_updates"]
    assert update.keys() == UPDATE and update["incident_id"] == incident["id"]
    assert [one["name"] for one in update["affected_components"]] == ["Sign-in", "Dashboard - EU Dashboard"]
    assert update["affected_components"][0] == {
        "code": incident["components"][0]["id"],
        "name": "Sign-in",
        "old_status": "operational",
        "new_status": "major_outage",
    }
    assert incident["components"][0]["status"] == "major_outage"
    (maintenance,) = found["scheduled_maintenances"]
    assert maintenance.keys() == INCIDENT | {"scheduled_for", "scheduled_until"}
    assert (await read(visitor, "incidents.json"))["incidents"][0]["reminder_intervals"] is None


async def test_a_group_lists_its_members_and_has_the_worst_state_of_them(
    page: StatuspageSimulator, visitor: httpx.AsyncClient
) -> None:
    page.owner.set_component("EU Dashboard", "partial_outage")
    rows = {row["name"]: row for row in (await read(visitor, "components.json"))["components"]}
    group = rows["Dashboard"]
    assert group["components"] == [rows["EU Dashboard"]["id"], rows["US Dashboard"]["id"]]
    assert (group["status"], rows["US Dashboard"]["group_id"]) == ("partial_outage", group["id"])


@pytest.mark.parametrize(
    ("statuses", "indicator", "description"),
    [
        ({}, "none", "All Systems Operational"),
        ({"API": "degraded_performance"}, "minor", "Minor Service Outage"),
        ({"API": "partial_outage"}, "minor", "Minor Service Outage"),
        ({"API": "major_outage"}, "major", "Partial System Outage"),
        ({"API": "under_maintenance"}, "maintenance", "Service Under Maintenance"),
    ],
)
async def test_the_indicator_is_that_of_the_components(
    page: StatuspageSimulator,
    visitor: httpx.AsyncClient,
    statuses: dict[str, str],
    indicator: str,
    description: str,
) -> None:
    for name, status in statuses.items():
        page.owner.set_component(name, status)
    found = (await read(visitor, "status.json"))["status"]
    assert found == {"indicator": indicator, "description": description}


async def test_an_open_incident_may_leave_the_indicator_at_none(
    page: StatuspageSimulator, visitor: httpx.AsyncClient
) -> None:
    page.owner.report("Delays", "none")
    found = await read(visitor)
    assert (found["status"]["indicator"], len(found["incidents"])) == ("none", 1)
    (incident,) = found["incidents"]
    assert (incident["components"], incident["incident_updates"][0]["affected_components"]) == ([], None)


async def test_an_incident_is_listed_as_open_until_it_is_resolved_and_then_among_the_newest(
    page: StatuspageSimulator, visitor: httpx.AsyncClient, clock: Any
) -> None:
    key = page.owner.report("Login errors", components=["Sign-in"])["id"]
    for status in ("identified", "monitoring"):
        clock.advance(minutes=5)
        page.owner.post_update(key, status, f"Now {status}.")
    (found,) = (await read(visitor, "incidents/unresolved.json"))["incidents"]
    assert [one["status"] for one in found["incident_updates"]] == ["monitoring", "identified", "investigating"]
    assert found["monitoring_at"] == found["updated_at"] > found["created_at"]
    page.owner.post_update(key, "resolved", "Done.", "operational")
    found = await read(visitor)
    assert (found["incidents"], found["status"]["indicator"]) == ([], "none")
    newest = (await read(visitor, "incidents.json"))["incidents"][0]
    assert (newest["id"], newest["status"], newest["resolved_at"]) == (key, "resolved", newest["updated_at"])


async def test_the_newest_fifty_are_listed(page: StatuspageSimulator, visitor: httpx.AsyncClient) -> None:
    keys = [page.owner.report(f"Incident {number}", "none")["id"] for number in range(55)]
    listed = [row["id"] for row in (await read(visitor, "incidents.json"))["incidents"]]
    assert listed == list(reversed(keys))[:50]
    assert len((await read(visitor))["incidents"]) == 55


async def test_a_removed_incident_is_nowhere_and_a_restored_one_is_as_it_was(
    page: StatuspageSimulator, visitor: httpx.AsyncClient
) -> None:
    key = page.owner.report("Login errors")["id"]
    (before,) = (await read(visitor))["incidents"]
    page.owner.remove(key)
    assert (await read(visitor))["incidents"] == []
    assert key not in [row["id"] for row in (await read(visitor, "incidents.json"))["incidents"]]
    page.owner.restore(key)
    assert (await read(visitor))["incidents"] == [before]


async def test_an_edit_changes_the_text_and_its_time_and_posts_no_update(
    page: StatuspageSimulator, visitor: httpx.AsyncClient, clock: Any
) -> None:
    incident = page.owner.report("Login errors")
    clock.advance(minutes=3)
    page.owner.edit_update(incident["id"], incident["incident_updates"][0]["id"], "Cause found.")
    ((update,),) = [row["incident_updates"] for row in (await read(visitor))["incidents"]]
    assert (update["body"], update["updated_at"] > update["created_at"]) == ("Cause found.", True)


async def test_a_maintenance_is_upcoming_then_active_then_completed(
    page: StatuspageSimulator, visitor: httpx.AsyncClient
) -> None:
    async def listed(path: str) -> list[str]:
        rows = (await read(visitor, f"scheduled-maintenances/{path}.json"))["scheduled_maintenances"]
        return [row["id"] for row in rows]

    (key,) = await listed("upcoming")
    page.owner.post_update(key, "in_progress", "Started.", "under_maintenance")
    assert (await listed("upcoming"), await listed("active")) == ([], [key])
    assert (await read(visitor))["status"]["indicator"] == "maintenance"
    page.owner.post_update(key, "completed", "Done.", "operational")
    assert (await listed("active"), (await read(visitor))["scheduled_maintenances"]) == ([], [])
    assert len((await read(visitor, "scheduled-maintenances.json"))["scheduled_maintenances"]) == 1


async def test_times_carry_the_offset_of_the_page(clock: Any) -> None:
    page = StatuspageSimulator(clock=clock, page=Page(time_zone="America/New_York"), mode="manual")
    async with page.client() as visitor:
        found = await read(visitor)
    assert found["page"]["updated_at"] == "2026-01-15T09:00:00.500-05:00"
    assert found["page"]["time_zone"] == "America/New_York"


async def test_a_weak_entity_tag_is_confirmed_until_the_document_changes(
    page: StatuspageSimulator, visitor: httpx.AsyncClient
) -> None:
    first = await visitor.get("/api/v2/summary.json")
    assert first.headers["etag"].startswith('W/"') and first.headers["access-control-allow-origin"] == "*"
    same = await visitor.get("/api/v2/summary.json", headers={"If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    page.owner.report("Login errors")
    other = await visitor.get("/api/v2/summary.json", headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200 and other.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/v2/nothing.json"), ("POST", "/api/v2/summary.json")])
async def test_anything_else_is_404_with_an_empty_body_and_no_content_type(
    visitor: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await visitor.request(method, path)
    assert (answer.status_code, answer.content, "content-type" in answer.headers) == (404, b"", False)


@pytest.mark.parametrize(
    ("path", "root"), [("/history.rss", "rss"), ("/history.atom", "{http://www.w3.org/2005/Atom}feed")]
)
async def test_the_history_is_a_feed(
    page: StatuspageSimulator, visitor: httpx.AsyncClient, path: str, root: str
) -> None:
    page.owner.report("Login <errors> & more")
    answer = await visitor.get(path)
    document = fromstring(answer.text)
    titles = [element.text for element in document.iter() if element.tag.endswith("title")]
    assert (answer.status_code, document.tag) == (200, root)
    assert titles[1:] == ["Login <errors> & more", "Delays of outbound mail"]


@pytest.mark.parametrize("answer", ["empty", "torn", "other-product", "moved", "cut", "html", "server-error"])
async def test_bodies_that_pages_were_seen_to_answer_can_be_scripted(
    page: StatuspageSimulator, visitor: httpx.AsyncClient, answer: str
) -> None:
    script = {"answer": answer, "path": "api/v2/summary.json", "times": 1}
    assert (await visitor.post(f"{PREFIX}/faults/scripts", json=script)).status_code == 201
    spoiled = await visitor.get("/api/v2/summary.json")
    assert b'"status":{' not in spoiled.content
    assert (await read(visitor)).keys() == PATHS["summary.json"]
    assert [call.status for call in page.ledger.find("GET", "api/v2/summary.json")] == [spoiled.status_code, 200]


async def test_acts_are_carried_out_over_the_control_address(visitor: httpx.AsyncClient) -> None:
    made = await visitor.post(f"{PREFIX}/page/report", json={"name": "Login errors", "components": ["Sign-in"]})
    assert made.status_code == 200
    listing = (await visitor.get(f"{PREFIX}/page")).json()
    assert listing["incident"][made.json()["id"]] == "Login errors" and "remove" in listing["acts"]
    for values, status in (({"name": "x", "impact": "huge"}, 400), ({"name": "x", "components": ["Moon"]}, 404)):
        assert (await visitor.post(f"{PREFIX}/page/report", json=values)).status_code == status
    assert (await visitor.post(f"{PREFIX}/page/remove", json={"incident": "nothing"})).status_code == 404


async def test_the_next_start_continues_with_the_same_page(clock: Any, tmp_path: Any) -> None:
    file = tmp_path / "page.json"
    first = StatuspageSimulator(clock=clock, mode="manual", state_file=file)
    kept, gone = (first.owner.report(name)["id"] for name in ("Login errors", "Delays"))
    first.owner.remove(gone)
    await first.stop()
    second = StatuspageSimulator(clock=clock, mode="manual", state_file=file)
    async with first.client() as one, second.client() as other:
        assert await read(one) == await read(other)
    second.owner.restore(gone)
    assert [row["id"] for row in second.state.records("incident")][-2:] == [kept, gone]


def test_a_demo_has_every_kind_of_act_and_the_same_seed_lives_the_same(clock: Any) -> None:
    start, lives = clock.now, []
    for _ in range(2):
        clock.now = start
        page = StatuspageSimulator(clock=clock, mode="manual")
        demo = Demo(page.owner, seed=3)
        for _ in range(200):
            clock.advance(minutes=1)
            demo.step()
        lives.append(list(page.state.table("incident")))
    assert lives[0] == lives[1]
    assert {row["record"]["status"] for row in lives[0]} >= {"resolved"}
    assert any(row["removed"] for row in lives[0])
    edited = [one for row in lives[0] for one in row["record"]["incident_updates"] if "More will follow" in one["body"]]
    assert edited
