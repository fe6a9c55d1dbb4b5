"""History of devices: activities, alerts, patches and software, for one device or as a query over many."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial

from desk_simulators.kit.paging import CursorBook
from desk_simulators.kit.table import Record
from desk_simulators.ninjaone.errors import bad_value, missing
from desk_simulators.ninjaone.fleet import Fleet
from desk_simulators.ninjaone.http.call import Call, Reply, Routes, devices, moment, number, page_size
from desk_simulators.ninjaone.state import epoch

ACTIVITY_PAGE, LEAST_ACTIVITY_PAGE = 200, 10
ATTEMPTED, WAITING = ("INSTALLED", "FAILED"), ("APPROVED", "MANUAL", "REJECTED", "FAILED")
PATCH_FILTERS = ("status", "type", "severity", "impact", "productIdentifier")
CLASSES = ("SYSTEM", "DEVICE", "USER", "ALL")

Rows = Callable[[Call, int], list[Record]]


class History:
    def __init__(self, cursors: CursorBook) -> None:
        self._cursors = cursors

    def routes(self) -> Routes:
        installs, waiting = partial(patches, statuses=ATTEMPTED), partial(patches, statuses=WAITING)
        return {
            ("GET", "v2/activities"): activities,
            ("GET", "v2/device/{}/activities"): device_activities,
            ("GET", "v2/alerts"): lambda call: Reply(200, alerts(call, [row["id"] for row in devices(call)])),
            ("GET", "v2/device/{}/alerts"): device_alerts,
            ("DELETE", "v2/alert/{name}"): reset_alert,
            ("POST", "v2/alert/{name}/reset"): reset_alert,
            **self._both("os-patch-installs", partial(installs, table="os_patch")),
            **self._both("software-patch-installs", partial(installs, table="software_patch")),
            **self._both("os-patches", partial(waiting, table="os_patch")),
            **self._both("software-patches", partial(waiting, table="software_patch")),
            **self._both("software", software),
            ("GET", "v2/queries/logged-on-users"): lambda call: self._query(call, logged_on),
            ("GET", "v2/queries/device-health"): lambda call: self._query(call, health),
        }

    def _both(self, name: str, rows: Rows) -> Routes:
        """The same rows for one device as a list, and for many as a query with `deviceId` and `timestamp`."""

        def of_one(call: Call) -> Reply:
            call.state.record("device", call.ids[0])
            found = rows(call, call.ids[0])
            return Reply(200, [_without(row, "deviceId", "timestamp") for row in found])

        return {
            ("GET", f"v2/device/{{}}/{name}"): of_one,
            ("GET", f"v2/queries/{name}"): lambda call: self._query(call, rows),
        }

    def _query(self, call: Call, rows: Rows) -> Reply:
        """Pages under a cursor: the first call opens it, the last page is empty."""
        size = page_size(call, default=call.state.behaviour.default_page_size)
        name = call.query.get("cursor", "")
        if name:
            cursor = self._cursors.find(name)
            if cursor is None:
                raise bad_value("cursor", "is unknown or has expired")
        else:
            cursor = self._cursors.open([row for device in devices(call) for row in rows(call, device["id"])])
        offset = cursor.offset
        results = self._cursors.read(cursor, size)
        about = {"name": cursor.name, "offset": offset, "count": len(results), "expires": epoch(cursor.expires)}
        return Reply(200, {"cursor": about, "results": results})


def activities(call: Call) -> Reply:
    admitted = {device["id"] for device in devices(call)} if call.query.get("df") else None
    rows = call.state.table("activity")
    found = [row for row in rows if admitted is None or row["deviceId"] in admitted]
    return _activities(call, found, "type")


def device_activities(call: Call) -> Reply:
    call.state.record("device", call.ids[0])
    rows = call.state.table("activity")
    everywhere = "filter-ignored" in call.struck
    return _activities(call, rows if everywhere else rows.find("deviceId", call.ids[0]), "activityType")


def _activities(call: Call, rows: Iterable[Record], type_name: str) -> Reply:
    """Newest first. `olderThan` and `newerThan` are ids, `before` and `after` instants."""
    tests = [*_bounds(call), *_equalities(call, type_name), _of_class(call)]
    found = [row for row in rows if all(test(row) for test in tests)]
    size = page_size(call, default=ACTIVITY_PAGE, least=LEAST_ACTIVITY_PAGE)
    newest = sorted(found, key=lambda row: row["id"], reverse=True)[:size]
    return Reply(200, {"lastActivityId": call.state.table("activity").last_id, "activities": newest})


def _bounds(call: Call) -> list[Callable[[Record], bool]]:
    older, newer = number(call, "olderThan"), number(call, "newerThan")
    before, after = moment(call, "before"), moment(call, "after")
    return [
        lambda row: older is None or row["id"] < older,
        lambda row: newer is None or row["id"] > newer,
        lambda row: before is None or row["activityTime"] < before,
        lambda row: after is None or row["activityTime"] > after,
    ]


def _equalities(call: Call, type_name: str) -> list[Callable[[Record], bool]]:
    fields = {type_name: "activityType", "status": "statusCode", "seriesUid": "seriesUid"}
    fields |= {"sourceConfigUid": "sourceConfigUid", "user": "userId"}
    asked = [(field, call.query[name]) for name, field in fields.items() if call.query.get(name)]
    return [partial(_equals, field=field, text=text) for field, text in asked]


def _equals(row: Record, field: str, text: str) -> bool:
    return str(row[field]).casefold() == text.casefold()


def _of_class(call: Call) -> Callable[[Record], bool]:
    wanted = call.query.get("class", "ALL").upper()
    if wanted not in CLASSES:
        raise bad_value("class", f"must be one of {', '.join(CLASSES)}")
    if wanted == "DEVICE":
        return lambda row: row["deviceId"] is not None
    if wanted == "USER":
        return lambda row: row["userId"] is not None
    return lambda row: wanted == "ALL" or (row["deviceId"] is None and row["userId"] is None)


def alerts(call: Call, device_ids: Iterable[int]) -> list[Record]:
    """Open alerts, not paged; `sourceType` selects."""
    table, wanted = call.state.table("alert"), call.query.get("sourceType", "")
    found = [row for device_id in device_ids for row in table.find("deviceId", device_id)]
    found.sort(key=lambda row: row["id"])
    return [_without(row, "id") for row in found if not wanted or row["sourceType"] == wanted]


def device_alerts(call: Call) -> Reply:
    call.state.record("device", call.ids[0])
    everywhere = "filter-ignored" in call.struck
    return Reply(200, alerts(call, [row["id"] for row in call.state.table("device")] if everywhere else call.ids))


def reset_alert(call: Call) -> Reply:
    if call.state.table("alert").first("uid", call.names[0]) is None:
        raise missing("alert")
    Fleet(call.state).reset_alert(call.names[0])
    return Reply(204)


def patches(call: Call, device_id: int, *, table: str, statuses: tuple[str, ...]) -> list[Record]:
    """Patches in these states, `installedAfter` and `installedBefore` bounding the attempt."""
    after, before = moment(call, "installedAfter"), moment(call, "installedBefore")
    found = []
    for row in call.state.table(table).find("deviceId", device_id):
        at = row["installedAt"]
        bounded = (after is None or (at is not None and at > after)) and (
            before is None or (at is not None and at < before)
        )
        selected = all(not call.query.get(name) or row.get(name) == call.query[name] for name in PATCH_FILTERS)
        if row["status"] in statuses and bounded and selected:
            found.append({**_without(row, "uid"), "id": row["uid"]})
    return found


def software(call: Call, device_id: int) -> list[Record]:
    """Installed products. `installedAfter` and `installedBefore` compare days, as `installDate` is one."""
    after, before = moment(call, "installedAfter"), moment(call, "installedBefore")
    rows = call.state.table("software").find("deviceId", device_id)
    return [
        {**_without(row, "id"), "timestamp": call.state.epoch()}
        for row in rows
        if (after is None or row["installDate"] >= _day(after))
        and (before is None or row["installDate"] <= _day(before))
    ]


def logged_on(call: Call, device_id: int) -> list[Record]:
    device = call.state.record("device", device_id)
    if not device.get("lastLoggedInUser"):
        return []
    return [{"userName": device["lastLoggedInUser"], "logonTime": device["logonTime"], "deviceId": device_id}]


def health(call: Call, device_id: int) -> list[Record]:
    """Counts of open alerts and patches; `health` selects by status."""
    device = call.state.record("device", device_id)
    open_alerts = call.state.table("alert").find("deviceId", device_id)
    counts = {
        "activeThreatsCount": 0,
        "quarantinedThreatsCount": 0,
        "blockedThreatsCount": 0,
        "failedOSPatchesCount": _count(call, "os_patch", device_id, ("FAILED",)),
        "pendingOSPatchesCount": _count(call, "os_patch", device_id, ("APPROVED", "MANUAL")),
        "alertCount": len(open_alerts),
        "activeJobCount": 0,
        "failedSoftwarePatchesCount": _count(call, "software_patch", device_id, ("FAILED",)),
        "pendingSoftwarePatchesCount": _count(call, "software_patch", device_id, ("APPROVED", "MANUAL")),
        "installationIssuesCount": 0,
    }
    status = "UNHEALTHY" if open_alerts else "HEALTHY"
    if call.query.get("health", status) != status:
        return []
    about = {"offline": device["offline"], "parentOffline": False, "healthStatus": status, "deviceId": device_id}
    return [{**counts, **about}]


def _count(call: Call, table: str, device_id: int, statuses: tuple[str, ...]) -> int:
    return sum(row["status"] in statuses for row in call.state.table(table).find("deviceId", device_id))


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def _without(row: Record, *names: str) -> Record:
    return {name: value for name, value in row.items() if name not in names}
