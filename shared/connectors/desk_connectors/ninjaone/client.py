"""The client of one NinjaOne tenant."""

from __future__ import annotations

from desk_connectors.http.caller import VendorHttp
from desk_connectors.ninjaone.paging import Listing, as_rows, back, by_id, whole
from desk_connectors.ninjaone.records.activity import Activity, Alert
from desk_connectors.ninjaone.records.device import Device, LastUser, Organization, SearchHit
from desk_connectors.ninjaone.records.patch import OsPatchInstall, SoftwarePatchInstall
from desk_connectors.ninjaone.records.reading import read
from desk_connectors.ninjaone.session import Session
from desk_connectors.ninjaone.settings import NinjaOneSettings
from desk_connectors.ninjaone.tokens import Tokens


class NinjaOne:
    """The reads that we make at the tenant. Errors are those of `desk_connectors.http`.

    Lists leave out rows that cannot be read and name them (`Listing.unreadable`). `http` is closed by its owner.
    """

    def __init__(self, settings: NinjaOneSettings, http: VendorHttp, tokens: Tokens) -> None:
        self.settings = settings
        self._session = Session(settings, http, tokens)

    async def organizations(self) -> Listing[Organization]:
        return await by_id(self._session, Organization, "/v2/organizations")

    async def check(self) -> int:
        """The number of organisations in one small page: a harmless read that proves sign-in and scope."""
        return len(as_rows(await self._session.get("/v2/organizations", {"pageSize": 1}), "/v2/organizations"))

    async def devices(self, organization: int) -> Listing[Device]:
        """Devices of one organisation in detail. Compare `organization_id`: the filter is the vendor's."""
        return await by_id(self._session, Device, "/v2/devices-detailed", {"df": f"org = {organization}"})

    async def device(self, device: int) -> Device:
        """One device in detail. `RecordGone` when it is not there."""
        return read(Device, await self._session.get(f"/v2/device/{device}"))

    async def last_user(self, device: int) -> LastUser:
        """The last logged-on user. `RecordGone` when the device is not there."""
        return read(LastUser, await self._session.get(f"/v2/device/{device}/last-logged-on-user"))

    async def search(self, text: str) -> Listing[SearchHit]:
        """Devices of every organisation by name, logged-on user or address; `cut` when the limit was reached."""
        limit = self.settings.search_limit
        answer = await self._session.get("/v2/devices/search", {"q": text, "limit": limit})
        rows = as_rows(answer.get("devices") if isinstance(answer, dict) else answer, "/v2/devices/search")
        found = Listing[SearchHit](cut=len(rows) >= limit)
        found.add(SearchHit, rows)
        return found

    async def os_patch_installs(self, device: int, since: float, until: float) -> Listing[OsPatchInstall]:
        """Patches of the operating system installed between two times in epoch seconds."""
        path, window = f"/v2/device/{device}/os-patch-installs", _window(since, until)
        return await whole(self._session, OsPatchInstall, path, window)

    async def software_patch_installs(self, device: int, since: float, until: float) -> Listing[SoftwarePatchInstall]:
        """Patches of third-party software installed between two times in epoch seconds."""
        path, window = f"/v2/device/{device}/software-patch-installs", _window(since, until)
        return await whole(self._session, SoftwarePatchInstall, path, window)

    async def activities(self, device: int, since: float, most_pages: int = 5) -> Listing[Activity]:
        """Activities of a device, newest first, back to `since` in epoch seconds; `cut` after that many pages.

        Ids order the pages, and an agent that was offline reports late: reading ends with a page of which no row is
        younger than `since`.
        """
        found, pages = Listing[Activity](), 0
        async for rows in back(self._session, f"/v2/device/{device}/activities", {}):
            before, pages = len(found.records), pages + 1
            found.add(Activity, rows)
            read_now = found.records[before:]
            if read_now and max(record.activity_time for record in read_now) < since:
                break
            if pages >= most_pages and len(rows) >= self.settings.page_size:
                found.cut = True
                break
        return found

    async def alerts(self, organization: int) -> Listing[Alert]:
        """Open alerts of one organisation; the list is not paged. Rows carry the device and no organisation."""
        return await whole(self._session, Alert, "/v2/alerts", {"df": f"org = {organization}"})


def _window(since: float, until: float) -> dict[str, str | int]:
    return {"installedAfter": int(since), "installedBefore": int(until) + 1}
