"""Devices, organisations and users of the simulated RMM: shapes, paging, filters, search, links."""

from typing import Any

import httpx
import pytest

from desk_simulators.ninjaone import Behaviour, NinjaOneSimulator

PLAIN = {
    "id", "uid", "parentDeviceId", "organizationId", "locationId", "nodeClass", "nodeRoleId", "rolePolicyId",
    "policyId", "approvalStatus", "offline", "displayName", "systemName", "dnsName", "netbiosName", "created",
    "lastContact", "lastUpdate", "tags", "assignedOwnerUid",
}  # fmt: skip
DETAIL = PLAIN | {
    "ipAddresses", "macAddresses", "publicIP", "notes", "deviceType", "os", "system", "memory", "processors",
    "volumes", "lastLoggedInUser", "references",
}  # fmt: skip
ALL = list(range(5101, 5122))


async def ids(rmm: httpx.AsyncClient, path: str, **params: Any) -> list[int]:
    answer = await rmm.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()]


async def test_a_list_has_the_published_fields_and_the_detail_those_of_the_wire(rmm: httpx.AsyncClient) -> None:
    listed = (await rmm.get("/v2/devices")).json()[0]
    assert listed.keys() == PLAIN
    detailed = (await rmm.get("/v2/devices-detailed")).json()[0]
    alone = (await rmm.get("/v2/device/5101")).json()
    assert detailed == alone
    assert alone.keys() == DETAIL
    assert alone["references"]["organization"] == {"id": 40, "name": "Acme Ltd"}
    assert alone["lastLoggedInUser"] == "ACME\\pat.doe"
    assert alone["system"]["serialNumber"] == "SN000701"


async def test_times_are_epoch_seconds_as_floating_numbers(rmm: httpx.AsyncClient) -> None:
    device = (await rmm.get("/v2/device/5101")).json()
    for value in (device["created"], device["lastContact"], device["lastUpdate"], device["os"]["lastBootTime"]):
        assert isinstance(value, float)
        assert 1_600_000_000 < value < 1_800_000_000
    assert device["lastContact"] == 1768485560.5  # 40 s before 2026-01-15T14:00:00.5Z


async def test_a_network_device_has_no_fields_of_an_agent(rmm: httpx.AsyncClient) -> None:
    firewall = (await rmm.get("/v2/device/5103")).json()
    assert (firewall["nodeClass"], firewall["deviceType"]) == ("NMS_FIREWALL", "NMSDevice")
    assert not firewall.keys() & {"os", "system", "lastLoggedInUser"}
    assert (await rmm.get("/v2/device/5103/last-logged-on-user")).json() == {}


async def test_pages_follow_the_last_id_and_end_with_a_short_one(rmm: httpx.AsyncClient) -> None:
    pages: list[list[int]] = []
    after = 0
    while True:
        page = await ids(rmm, "/v2/devices", pageSize=8, after=after)
        pages.append(page)
        if len(page) < 8:
            break
        after = page[-1]
    assert [len(page) for page in pages] == [8, 8, 5]
    assert [number for page in pages for number in page] == ALL


async def test_without_a_page_size_the_list_is_cut_at_the_default_without_a_hint(clock: Any) -> None:
    ninja = NinjaOneSimulator(clock=clock, mode="manual", behaviour=Behaviour(default_page_size=4))
    async with ninja.client() as rmm:
        answer = await rmm.get("/v2/devices")
    assert [row["id"] for row in answer.json()] == ALL[:4]
    assert not answer.headers.keys() & {"link", "x-total-count"}


async def test_a_page_size_is_cut_to_the_largest(ninja: NinjaOneSimulator, rmm: httpx.AsyncClient) -> None:
    for number in range(1100):
        ninja.fleet.add_device(45, f"GF-TAB-{number:04d}")
    assert len(await ids(rmm, "/v2/devices", pageSize=5000)) == 1000


async def test_a_page_repeats_rows_of_the_page_before_when_asked_to(
    ninja: NinjaOneSimulator, rmm: httpx.AsyncClient
) -> None:
    ninja.faults.change({"page_overlap": 2})
    assert await ids(rmm, "/v2/devices", pageSize=5) == ALL[:5]
    assert await ids(rmm, "/v2/devices", pageSize=5, after=5105) == [5104, 5105, 5106, 5107, 5108]


async def test_a_list_may_shrink_while_it_is_read(ninja: NinjaOneSimulator, rmm: httpx.AsyncClient) -> None:
    def shrink(method: str, path: str) -> None:
        if ninja.ledger.find(path="v2/devices") and ninja.state.table("device").get(5103):
            ninja.fleet.remove_device(5103)

    ninja.gateway.on_call.append(shrink)
    first = await ids(rmm, "/v2/devices", pageSize=5)
    second = await ids(rmm, "/v2/devices", pageSize=5, after=first[-1])
    assert (first, second) == (ALL[:5], ALL[5:10])
    assert 5103 not in await ids(rmm, "/v2/devices")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("org = 40", [5101, 5102, 5103, 5104, 5105]),
        ("org=40 AND class in (WINDOWS_SERVER, NMS_FIREWALL)", [5102, 5103]),
        ("id in (5101,5116)", [5101, 5116]),
        ("id=5110", [5110]),
        ("class eq MAC", [5114, 5116]),
        ("class eq MAC AND online", [5116]),
        ("offline", [5114]),
        ("location = 95", [5110, 5113]),
        ("org notin (40,41,42,43,44)", [5119, 5120, 5121]),
        ("status ne APPROVED", []),
        ("", ALL),
    ],
)
async def test_a_device_filter_selects(
    ninja: NinjaOneSimulator, rmm: httpx.AsyncClient, text: str, found: list[int]
) -> None:
    ninja.fleet.set_offline(5114, True)
    assert await ids(rmm, "/v2/devices", df=text) == found


@pytest.mark.parametrize("text", ["org", "org = ", "name = ACME", "org = 40 OR org = 41", "org in 40", "(org = 40)"])
async def test_a_device_filter_that_cannot_be_read_is_refused_and_not_ignored(
    rmm: httpx.AsyncClient, text: str
) -> None:
    answer = await rmm.get("/v2/devices", params={"df": text})
    assert answer.status_code == 400
    assert answer.json()["errorMessage"].startswith("df: cannot read")


async def test_an_unknown_parameter_is_ignored(rmm: httpx.AsyncClient) -> None:
    assert await ids(rmm, "/v2/devices", organization=40, nonsense="x") == ALL


@pytest.mark.parametrize(
    ("text", "first", "attribute"),
    [
        ("ACME-WS-014", 5101, "systemName"),
        ("acme-ws-014", 5101, "systemName"),
        ("pat.doe", 5101, "lastLoggedInUser"),
        ("10.10.1.2", 5102, "ipAddress"),
        ("02:00:5e:50:01:10", 5116, "macAddress"),
        ("SN000713", 5118, "serialNumber"),
        ("Zoë's MacBook Pro (2)", 5116, "systemName"),
    ],
)
async def test_a_search_finds_by_name_user_address_and_serial_number(
    rmm: httpx.AsyncClient, text: str, first: int, attribute: str
) -> None:
    body = (await rmm.get("/v2/devices/search", params={"q": text})).json()
    assert body.keys() == {"query", "devices"}
    assert body["query"] == text
    hit = body["devices"][0]
    assert (hit["id"], hit["matchAttr"], hit["score"]) == (first, attribute, 1.0)
    assert hit.keys() == PLAIN | {"score", "matchAttr", "matchAttrValue"}


async def test_a_search_finds_several_devices_of_several_clients(rmm: httpx.AsyncClient) -> None:
    found = (await rmm.get("/v2/devices/search", params={"q": "RECEPTION-01"})).json()["devices"]
    assert {(row["id"], row["organizationId"]) for row in found} == {(5105, 40), (5108, 41)}
    limited = (await rmm.get("/v2/devices/search", params={"q": "RECEPTION-01", "limit": 1})).json()["devices"]
    assert len(limited) == 1
    assert (await rmm.get("/v2/devices/search", params={"q": "no such"})).json()["devices"] == []
    assert (await rmm.get("/v2/devices/search")).status_code == 400


async def test_the_last_user_of_one_device_and_of_many(rmm: httpx.AsyncClient) -> None:
    one = (await rmm.get("/v2/device/5101/last-logged-on-user")).json()
    assert one.keys() == {"userName", "logonTime"}
    many = (await rmm.get("/v2/queries/logged-on-users", params={"df": "org = 40"})).json()["results"]
    assert many[0] == {**one, "deviceId": 5101}
    assert {row["deviceId"] for row in many} == {5101, 5104}


async def test_a_dashboard_link_points_back_and_expires(rmm: httpx.AsyncClient) -> None:
    body = (await rmm.get("http://127.0.0.1:9999/v2/device/5101/dashboard-url")).json()
    assert body["url"].startswith("http://127.0.0.1:9999/")
    assert body["expires"] == 1768485900.5
    redirected = await rmm.get("/v2/device/5101/dashboard-url", params={"redirect": "true"}, follow_redirects=False)
    assert (redirected.status_code, redirected.content) == (302, b"")
    assert redirected.headers["location"].startswith("https://eu.ninjarmm.com/")


async def test_organisations_with_their_devices_and_locations(rmm: httpx.AsyncClient) -> None:
    assert await ids(rmm, "/v2/organizations") == [40, 41, 42, 43, 44, 45]
    assert await ids(rmm, "/v2/organizations", pageSize=2, after=42) == [43, 44]
    assert await ids(rmm, "/v2/organization/42/devices") == [5110, 5111, 5112, 5113]
    assert await ids(rmm, "/v2/organization/42/devices", pageSize=2, after=5111) == [5112, 5113]
    assert await ids(rmm, "/v2/organization/42/locations") == [94, 95]
    alone = (await rmm.get("/v2/organization/42")).json()
    assert [place["name"] for place in alone["locations"]] == ["Office", "Warehouse"]
    assert (await rmm.get("/v2/organizations-detailed")).json()[2] == alone
    assert {row["organizationId"] for row in (await rmm.get("/v2/locations")).json()} == {40, 41, 42, 43, 44, 45}


async def test_users_are_technicians_or_end_users_with_their_devices(rmm: httpx.AsyncClient) -> None:
    end_users = (await rmm.get("/v2/users", params={"userType": "END_USER"})).json()
    ana = next(user for user in end_users if user["email"] == "ana.petrov@blueharbor.example")
    assert (ana["organizationId"], ana["deviceIds"]) == (42, [5111, 5112])
    technicians = (await rmm.get("/v2/users", params={"userType": "TECHNICIAN"})).json()
    assert {user["email"] for user in technicians} >= {"jdoe@examplemsp.example"}
    assert not any("roles" in user for user in technicians)
    assert "roles" in (await rmm.get("/v2/users", params={"includeRoles": "true"})).json()[0]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/v2/device/1", "node_not_found"),
        ("/v2/device/1/alerts", "node_not_found"),
        ("/v2/device/1/activities", "node_not_found"),
        ("/v2/device/1/software", "node_not_found"),
        ("/v2/organization/1/devices", "organization_not_found"),
        ("/v2/nothing", "Not Found"),
    ],
)
async def test_an_unknown_object_is_404_in_the_vendors_form(rmm: httpx.AsyncClient, path: str, message: str) -> None:
    answer = await rmm.get(path)
    assert answer.status_code == 404
    assert answer.json().keys() == {"resultCode", "errorMessage", "incidentId"}
    assert answer.json()["errorMessage"] == message


@pytest.mark.parametrize(
    ("path", "params", "said"),
    [
        ("/v2/devices", {"pageSize": "many"}, "pageSize: must be a whole number"),
        ("/v2/devices", {"after": "5x"}, "after: must be a whole number"),
        ("/v2/activities", {"class": "ROBOT"}, "class: must be one of"),
        ("/v2/activities", {"after": "soon"}, "after: must be epoch seconds"),
        ("/v2/queries/software", {"cursor": "nobody"}, "cursor: is unknown or has expired"),
    ],
)
async def test_a_bad_value_is_refused_by_name(
    rmm: httpx.AsyncClient, path: str, params: dict[str, str], said: str
) -> None:
    answer = await rmm.get(path, params=params)
    assert answer.status_code == 400
    assert answer.json()["errorMessage"].startswith(said)


async def test_the_alias_of_the_api_and_a_trailing_slash_answer_too(rmm: httpx.AsyncClient) -> None:
    assert await ids(rmm, "/api/v2/devices") == ALL
    assert await ids(rmm, "/v2/devices/") == ALL
    assert (await rmm.get("/somewhere")).headers["content-type"].startswith("text/html")
    assert (await rmm.post("/v2/devices", json={})).status_code == 405
