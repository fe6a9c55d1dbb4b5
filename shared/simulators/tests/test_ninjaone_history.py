"""History of the simulated RMM: activities, patches, software, alerts, health, and cursors."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from desk_simulators.ninjaone import Fleet, NinjaOneSimulator

ACTIVITY = {
    "id", "activityTime", "deviceId", "severity", "priority", "seriesUid", "activityType", "statusCode", "status",
    "activityResult", "sourceConfigUid", "sourceName", "subject", "userId", "message", "type", "data",
}  # fmt: skip
ALERT = {
    "uid", "deviceId", "message", "createTime", "updateTime", "sourceType", "sourceConfigUid", "sourceName", "subject",
    "severity", "priority", "conditionName", "conditionHealthStatus",
}  # fmt: skip


async def read(rmm: httpx.AsyncClient, path: str, **params: Any) -> Any:
    answer = await rmm.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def codes(rmm: httpx.AsyncClient, path: str, **params: Any) -> list[str]:
    return [row["statusCode"] for row in (await read(rmm, path, **params))["activities"]]


async def test_activities_are_newest_first_with_every_field(rmm: httpx.AsyncClient) -> None:
    body = await read(rmm, "/v2/activities")
    assert body.keys() == {"lastActivityId", "activities"}
    rows = body["activities"]
    assert all(row.keys() == ACTIVITY for row in rows)
    numbers, times = [row["id"] for row in rows], [row["activityTime"] for row in rows]
    assert numbers == sorted(numbers, reverse=True)
    assert times == sorted(times, reverse=True)
    assert body["lastActivityId"] == numbers[0]
    assert all(isinstance(time, float) for time in times)


async def test_activities_are_200_by_default_and_between_10_and_1000_on_request(
    ninja: NinjaOneSimulator, rmm: httpx.AsyncClient
) -> None:
    for _ in range(1100):
        ninja.fleet.reboot(5101)
    for size, count in ((None, 200), (10, 10), (5, 10), (1000, 1000), (4000, 1000)):
        params = {} if size is None else {"pageSize": size}
        assert len((await read(rmm, "/v2/activities", **params))["activities"]) == count


async def test_pages_of_activities_follow_the_id(rmm: httpx.AsyncClient) -> None:
    every = [row["id"] for row in (await read(rmm, "/v2/activities"))["activities"]]
    found: list[int] = []
    params: dict[str, int] = {"pageSize": 30}
    while page := [row["id"] for row in (await read(rmm, "/v2/activities", **params))["activities"]]:
        found += page
        params = {"pageSize": 30, "olderThan": page[-1]}
    assert found == every
    newer = (await read(rmm, "/v2/activities", newerThan=every[3]))["activities"]
    assert [row["id"] for row in newer] == every[:3]


async def test_activities_are_selected_by_time_type_status_series_class_and_filter(
    ninja: NinjaOneSimulator, rmm: httpx.AsyncClient, clock: Any
) -> None:
    alert = next(iter(ninja.state.table("alert")))
    assert await codes(rmm, "/v2/activities", seriesUid=alert["uid"]) == ["TRIGGERED"]
    assert set(await codes(rmm, "/v2/activities", type="CONDITION")) == {"TRIGGERED", "RESET"}
    assert await codes(rmm, "/v2/activities", type="CONDITION", status="RESET") == ["RESET"]
    assert set(await codes(rmm, "/v2/activities", df="org = 43", status="SOFTWARE_ADDED")) == {"SOFTWARE_ADDED"}
    assert await codes(rmm, "/v2/activities", **{"class": "SYSTEM"}) == []
    day_ago = clock.now.timestamp() - 86_400
    assert await codes(rmm, "/v2/activities", after=day_ago) == ["TRIGGERED"]
    assert await codes(rmm, "/v2/activities", after="2026-01-14") == ["TRIGGERED"]
    recent = await codes(rmm, "/v2/activities", after=day_ago - 3 * 86_400, before=day_ago)
    assert set(recent) == {"SYSTEM_REBOOTED", "PATCH_MANAGEMENT_INSTALLED", "TRIGGERED", "RESET"}


async def test_activities_of_one_device_are_its_own(rmm: httpx.AsyncClient) -> None:
    rows = (await read(rmm, "/v2/device/5107/activities"))["activities"]
    assert {row["deviceId"] for row in rows} == {5107}
    assert await codes(rmm, "/v2/device/5107/activities", activityType="CONDITION") == ["TRIGGERED"]
    assert await codes(rmm, "/v2/device/5107/activities", status="PATCH_MANAGEMENT_INSTALL_FAILED") == [
        "PATCH_MANAGEMENT_INSTALL_FAILED"
    ]


async def test_patch_installs_are_attempts_and_pending_patches_have_none(rmm: httpx.AsyncClient) -> None:
    installs = await read(rmm, "/v2/device/5101/os-patch-installs")
    assert all(
        row.keys() == {"id", "name", "severity", "status", "type", "installedAt", "kbNumber"} for row in installs
    )
    assert [row["status"] for row in installs] == ["INSTALLED", "FAILED", "INSTALLED"]
    assert all(isinstance(row["installedAt"], float) and isinstance(row["id"], str) for row in installs)
    failed = await read(rmm, "/v2/device/5101/os-patch-installs", status="FAILED")
    assert [row["kbNumber"] for row in failed] == ["KB5099020"]
    pending = await read(rmm, "/v2/device/5101/os-patches")
    assert {row["status"]: row["installedAt"] is None for row in pending} == {"FAILED": False, "APPROVED": True}
    third_party = await read(rmm, "/v2/device/5101/software-patch-installs")
    assert third_party[0].keys() == {"id", "productIdentifier", "title", "impact", "status", "type", "installedAt"}
    assert await read(rmm, "/v2/device/5101/software-patches") == []


async def test_patch_installs_are_bounded_by_epoch_seconds_or_days(rmm: httpx.AsyncClient, clock: Any) -> None:
    week_ago = clock.now.timestamp() - 7 * 86_400
    for after, before in ((week_ago, week_ago + 3 * 86_400), ("2026-01-08", "2026-01-12")):
        rows = await read(rmm, "/v2/device/5101/os-patch-installs", installedAfter=after, installedBefore=before)
        assert [row["kbNumber"] for row in rows] == ["KB5099020"]


async def test_software_has_an_iso_day_and_is_bounded_only_in_the_query(rmm: httpx.AsyncClient) -> None:
    row = (await read(rmm, "/v2/device/5101/software"))[0]
    assert row.keys() == {"name", "version", "publisher", "installDate", "location", "size", "productCode"}
    assert (row["name"], row["installDate"]) == ("7-Zip", "2026-01-02")
    late = await read(rmm, "/v2/queries/software", installedAfter="2026-01-03", df="org = 40")
    assert late["results"] == []


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("os-patch-installs", {"kbNumber", "deviceId", "timestamp"}),
        ("software-patch-installs", {"productIdentifier", "deviceId", "timestamp"}),
        ("software", {"productCode", "deviceId", "timestamp"}),
    ],
)
async def test_a_query_over_many_devices_adds_device_and_time(
    rmm: httpx.AsyncClient, path: str, fields: set[str]
) -> None:
    rows = (await read(rmm, f"/v2/queries/{path}", df="org in (40,41)"))["results"]
    assert all(fields <= row.keys() for row in rows)
    assert {row["deviceId"] for row in rows} >= {5101, 5106}


async def test_a_query_is_read_under_its_cursor_until_it_is_empty(rmm: httpx.AsyncClient, clock: Any) -> None:
    first = await read(rmm, "/v2/queries/os-patch-installs", pageSize=20)
    assert first["cursor"].keys() == {"name", "offset", "count", "expires"}
    name, sizes = first["cursor"]["name"], [len(first["results"])]
    while True:
        page = await read(rmm, "/v2/queries/os-patch-installs", pageSize=20, cursor=name)
        sizes.append(len(page["results"]))
        assert page["cursor"]["count"] == sizes[-1]
        if not page["results"]:
            break
    whole = (await read(rmm, "/v2/queries/os-patch-installs"))["results"]
    assert (sum(sizes), sizes[-1]) == (len(whole), 0)
    clock.advance(minutes=10)
    assert (await rmm.get("/v2/queries/os-patch-installs", params={"cursor": name})).status_code == 400


async def test_a_cursor_lives_on_while_it_is_read(rmm: httpx.AsyncClient, clock: Any) -> None:
    name = (await read(rmm, "/v2/queries/software", pageSize=5))["cursor"]["name"]
    for _ in range(3):
        clock.advance(minutes=9)
        assert (await rmm.get("/v2/queries/software", params={"cursor": name})).status_code == 200


async def test_open_alerts_are_listed_whole_and_selected(ninja: NinjaOneSimulator, rmm: httpx.AsyncClient) -> None:
    ninja.fleet.raise_alert("SL-FS01", "CPU", "CPU use above 90 %", source_type="CONDITION_AGENT_CPU")
    rows = await read(rmm, "/v2/alerts")
    assert [row["deviceId"] for row in rows] == [5107, 5118]
    assert all(row.keys() == ALERT for row in rows)
    assert [row["deviceId"] for row in await read(rmm, "/v2/alerts", df="org = 44")] == [5118]
    assert [row["deviceId"] for row in await read(rmm, "/v2/alerts", sourceType="CONDITION_AGENT_CPU")] == [5118]
    assert [row["subject"] for row in await read(rmm, "/v2/device/5118/alerts")] == ["CPU"]
    assert await read(rmm, "/v2/device/5101/alerts") == []


async def test_a_reset_ends_the_alert_and_leaves_an_activity(ninja: NinjaOneSimulator, rmm: httpx.AsyncClient) -> None:
    uid = (await read(rmm, "/v2/alerts"))[0]["uid"]
    assert (await rmm.delete(f"/v2/alert/{uid}")).status_code == 204
    assert await read(rmm, "/v2/alerts") == []
    assert await codes(rmm, "/v2/activities", seriesUid=uid) == ["RESET", "TRIGGERED"]
    again = await rmm.delete(f"/v2/alert/{uid}")
    assert (again.status_code, again.json()["errorMessage"]) == (404, "alert_not_found")
    assert [call.path for call in ninja.ledger.writes("deskstream")] == [f"v2/alert/{uid}"]


async def test_an_alert_is_reset_by_post_too(rmm: httpx.AsyncClient) -> None:
    uid = (await read(rmm, "/v2/alerts"))[0]["uid"]
    assert (await rmm.post(f"/v2/alert/{uid}/reset", json={})).status_code == 204
    assert await read(rmm, "/v2/alerts") == []


async def test_health_counts_alerts_and_patches(rmm: httpx.AsyncClient) -> None:
    rows = {row["deviceId"]: row for row in (await read(rmm, "/v2/queries/device-health"))["results"]}
    assert (rows[5107]["healthStatus"], rows[5107]["alertCount"]) == ("UNHEALTHY", 1)
    assert (rows[5101]["failedOSPatchesCount"], rows[5101]["pendingOSPatchesCount"]) == (1, 1)
    sick = (await read(rmm, "/v2/queries/device-health", health="UNHEALTHY"))["results"]
    assert [row["deviceId"] for row in sick] == [5107]


@pytest.mark.parametrize(
    ("act", "kind", "code"),
    [
        (lambda fleet: fleet.install_software(5101, "Notepad++", "8.6"), "SYSTEM", "SOFTWARE_ADDED"),
        (lambda fleet: fleet.install_software(5101, "7-Zip", "24.09"), "SYSTEM", "SOFTWARE_UPDATED"),
        (lambda fleet: fleet.remove_software(5101, "7-Zip"), "SYSTEM", "SOFTWARE_REMOVED"),
        (lambda fleet: fleet.reboot(5101), "SYSTEM", "SYSTEM_REBOOTED"),
        (lambda fleet: fleet.log_on(5101, "ACME\\robin.hale"), "SYSTEM", "USER_LOGGED_IN"),
        (lambda fleet: fleet.change_policy(5101, 99), "SYSTEM", "NODE_UPDATED"),
        (lambda fleet: fleet.move_device(5101, 41), "SYSTEM", "NODE_UPDATED"),
        (lambda fleet: fleet.run_script(5101, "Cleanup"), "ACTION", "COMPLETED"),
        (lambda fleet: fleet.install_os_patch(5101, "Update", "KB1"), "PATCH_MANAGEMENT", "PATCH_MANAGEMENT_INSTALLED"),
        (
            lambda fleet: fleet.install_os_patch(5101, "Update", "KB1", status="FAILED"),
            "PATCH_MANAGEMENT",
            "PATCH_MANAGEMENT_INSTALL_FAILED",
        ),
        (
            lambda fleet: fleet.install_software_patch(5101, "Firefox 128", "Mozilla Firefox"),
            "SOFTWARE_PATCH_MANAGEMENT",
            "SOFTWARE_PATCH_MANAGEMENT_INSTALLED",
        ),
        (lambda fleet: fleet.raise_alert(5101, "CPU", "CPU use above 90 %"), "CONDITION", "TRIGGERED"),
    ],
)
async def test_each_act_of_a_device_leaves_its_activity(
    ninja: NinjaOneSimulator, rmm: httpx.AsyncClient, act: Callable[[Fleet], Any], kind: str, code: str
) -> None:
    act(ninja.fleet)
    newest = (await read(rmm, "/v2/device/5101/activities"))["activities"][0]
    assert (newest["activityType"], newest["statusCode"]) == (kind, code)
    assert newest["activityTime"] == 1768485600.5


async def test_acts_change_the_device_and_an_act_may_lie_in_the_past(
    ninja: NinjaOneSimulator, rmm: httpx.AsyncClient
) -> None:
    ninja.fleet.reboot(5101, at="2026-01-15T13:00:00Z")
    ninja.fleet.log_on(5101, "ACME\\robin.hale")
    ninja.fleet.move_device(5101, 41)
    device = await read(rmm, "/v2/device/5101")
    assert device["os"]["lastBootTime"] == 1768482000.0
    assert (device["lastLoggedInUser"], device["organizationId"], device["locationId"]) == ("ACME\\robin.hale", 41, 93)
    added = ninja.fleet.add_device(41, "NW-WS-099")
    other = ninja.fleet.add_device(41, "NW-SW-01", "NMS_SWITCH")
    assert other["id"] > added["id"] > 5200
    for field in ("uid", "ipAddresses", "macAddresses"):
        assert len({str(row[field]) for row in ninja.state.table("device")}) == len(ninja.state.table("device"))
    ninja.fleet.remove_device(other["id"])
    ninja.fleet.remove_device("NW-WS-099")
    assert (await rmm.get(f"/v2/device/{added['id']}")).status_code == 404
    assert await codes(rmm, "/v2/activities", type="SYSTEM", after=1768485600.0) == [
        "NODE_DELETED",
        "NODE_DELETED",
        "NODE_CREATED",
        "NODE_CREATED",
        "NODE_UPDATED",
        "USER_LOGGED_IN",
    ]


def test_a_name_that_two_devices_have_is_refused(ninja: NinjaOneSimulator) -> None:
    with pytest.raises(KeyError, match=r"several devices are named 'RECEPTION-01': name one by id \[5105, 5108\]"):
        ninja.fleet.reboot("RECEPTION-01")
