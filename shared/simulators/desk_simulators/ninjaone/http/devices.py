"""Devices: lists, detail, search, last user, dashboard link; organisations, locations, users."""

from typing import Any

from desk_simulators.kit.paging import after_id
from desk_simulators.kit.table import Record
from desk_simulators.ninjaone.errors import bad_value
from desk_simulators.ninjaone.faults import Faults
from desk_simulators.ninjaone.http.call import Call, Reply, Routes, devices, number, page_size

DETAIL_ONLY = frozenset(
    {"ipAddresses", "macAddresses", "publicIP", "notes", "deviceType", "lastLoggedInUser", "logonTime"}
    | {"os", "system", "memory", "processors", "volumes"}
)
NEVER = frozenset({"logonTime"})
SEARCHED = ("systemName", "displayName", "dnsName", "netbiosName", "lastLoggedInUser")
LINK_SECONDS = 300


class Devices:
    """Handlers; `faults` says how far pages overlap."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def routes(self) -> Routes:
        return {
            ("GET", "v2/devices"): lambda call: self._page(call, [plain(row) for row in devices(call)]),
            ("GET", "v2/devices-detailed"): lambda call: self._page(call, [detail(call, row) for row in devices(call)]),
            ("GET", "v2/devices/search"): search,
            ("GET", "v2/device/{}"): lambda call: Reply(200, detail(call, call.state.record("device", call.ids[0]))),
            ("GET", "v2/device/{}/last-logged-on-user"): last_user,
            ("GET", "v2/device/{}/dashboard-url"): dashboard_url,
            ("GET", "v2/organizations"): lambda call: self._page(call, list(call.state.table("organization"))),
            ("GET", "v2/organizations-detailed"): lambda call: self._page(call, _organizations(call)),
            ("GET", "v2/organization/{}"): lambda call: Reply(200, _organization(call, call.ids[0])),
            ("GET", "v2/organization/{}/devices"): self._organization_devices,
            ("GET", "v2/organization/{}/locations"): organization_locations,
            ("GET", "v2/locations"): lambda call: self._page(call, list(call.state.table("location"))),
            ("GET", "v2/users"): users,
        }

    def _page(self, call: Call, rows: list[Record]) -> Reply:
        """Rows after the id `after`; a full page carries no hint that more follow."""
        size = page_size(call, default=call.state.behaviour.default_page_size)
        after = number(call, "after") or 0
        return Reply(200, after_id(rows, after, size, overlap=self._faults.page_overlap))

    def _organization_devices(self, call: Call) -> Reply:
        call.state.record("organization", call.ids[0])
        everywhere = "filter-ignored" in call.struck
        rows = call.state.table("device")
        found = list(rows) if everywhere else rows.find("organizationId", call.ids[0])
        return self._page(call, [plain(row) for row in found])


def plain(device: Record) -> Record:
    """A device in lists: the fields of the published schema."""
    return {name: value for name, value in device.items() if name not in DETAIL_ONLY}


def detail(call: Call, device: Record) -> Record:
    """Every field, with organisation and location by name."""
    organization = call.state.table("organization").get(device["organizationId"])
    location = call.state.table("location").get(device["locationId"] or 0)
    expanded = {"organization": organization, "location": location}
    references = {name: {"id": row["id"], "name": row["name"]} for name, row in expanded.items() if row}
    kept = {name: value for name, value in device.items() if name not in NEVER}
    return {**kept, "references": references}


def search(call: Call) -> Reply:
    """Devices by name, logged-on user, address or serial number; the best match first."""
    text = call.query.get("q", "")
    if not text.strip():
        raise bad_value("q", "is required")
    limit = number(call, "limit") or call.state.behaviour.search_limit
    found = [hit for device in call.state.table("device") if (hit := _match(device, text.strip().casefold()))]
    found.sort(key=lambda hit: (-hit["score"], hit["id"]))
    return Reply(200, {"query": text, "devices": found[: max(0, limit)]})


def _match(device: Record, text: str) -> Record | None:
    """The device with score and matching attribute: an equal text scores 1.0, a contained one less."""
    values = [(name, device.get(name)) for name in SEARCHED]
    values += [("ipAddress", address) for address in [*device["ipAddresses"], device["publicIP"]]]
    values += [("macAddress", address) for address in device["macAddresses"]]
    values.append(("serialNumber", device.get("system", {}).get("serialNumber")))
    scored = [(_score(value, text), name, value) for name, value in values if value]
    score, name, value = max(scored, key=lambda hit: hit[0])
    return {**plain(device), "score": score, "matchAttr": name, "matchAttrValue": value} if score else None


def _score(value: str, text: str) -> float:
    folded = value.casefold()
    if text in (folded, folded.rpartition("\\")[2]):
        return 1.0
    return 0.5 if text in folded else 0.0


def last_user(call: Call) -> Reply:
    device = call.state.record("device", call.ids[0])
    if not device.get("lastLoggedInUser"):
        return Reply(200, {})
    return Reply(200, {"userName": device["lastLoggedInUser"], "logonTime": device["logonTime"]})


def dashboard_url(call: Call) -> Reply:
    """A link into the console at the caller's own address; it expires. `redirect=true` answers 302."""
    device = call.state.record("device", call.ids[0])
    origin = "/".join(call.url.split("/")[:3])
    url = f"{origin}/#/deviceDashboard/{device['id']}/overview"
    if call.query.get("redirect", "").lower() == "true":
        return Reply(302, headers={"Location": url}, content=b"")
    return Reply(200, {"url": url, "expires": round(call.state.epoch() + LINK_SECONDS, 3)})


def organization_locations(call: Call) -> Reply:
    call.state.record("organization", call.ids[0])
    return Reply(200, _locations(call, call.ids[0]))


def users(call: Call) -> Reply:
    """`includeRoles` adds role names; `userType` selects technicians or end users."""
    rows: list[Record] = list(call.state.table("user"))
    wanted = call.query.get("userType", "")
    if wanted:
        rows = [user for user in rows if user["userType"] == wanted.upper()]
    if call.query.get("includeRoles", "").lower() == "true":
        rows = [{**user, "roles": _roles(user)} for user in rows]
    return Reply(200, rows)


def _roles(user: Record) -> list[str]:
    return ["System Administrator" if user["administrator"] else user["userType"].replace("_", " ").title()]


def _organizations(call: Call) -> list[Record]:
    return [_organization(call, row["id"]) for row in call.state.table("organization")]


def _organization(call: Call, organization_id: int) -> Record:
    row: dict[str, Any] = call.state.record("organization", organization_id)
    return {**row, "locations": _locations(call, organization_id), "policies": [], "settings": {}}


def _locations(call: Call, organization_id: int) -> list[Record]:
    rows = call.state.table("location").find("organizationId", organization_id)
    return [{name: value for name, value in row.items() if name != "organizationId"} for row in rows]
