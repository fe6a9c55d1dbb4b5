"""The client of one Auvik account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar
from urllib.parse import quote

from desk_connectors.auvik.records import VENDOR, Alert, Device, DeviceDetail
from desk_connectors.auvik.session import Credentials, Session
from desk_connectors.auvik.settings import AuvikSettings
from desk_connectors.http.caller import VendorHttp
from desk_connectors.json_api import every_page
from desk_connectors.reading import Rows, read_record, read_rows

R = TypeVar("R", Device, Alert)
MOST_PAGES = 200
DEVICES = "/v1/inventory/device/info"
ALERTS = "/v1/alert/history/info"


class DetailedDevice(NamedTuple):
    """A device with its neighbours and interfaces; None if the vendor did not include them."""

    device: Device
    detail: DeviceDetail | None


class Auvik:
    """The reads that we make at the account. Errors are those of `desk_connectors.http`.

    Lists leave out rows that cannot be read and count them. Compare the tenant of every row: the filter is the
    vendor's. `http` is closed by its owner.
    """

    def __init__(self, settings: AuvikSettings, http: VendorHttp, credentials: Callable[[], Credentials]) -> None:
        self.settings = settings
        self._session = Session(settings, http, credentials)

    async def verify(self) -> None:
        """A harmless read. Raises `VendorRefused` with status 401 for credentials that are not accepted."""
        await self._session.verify()

    async def devices(self, tenant: str) -> Rows[Device]:
        """Every device of a tenant."""
        return await self._all(Device, DEVICES, {"tenants": tenant})

    async def device(self, device: str) -> DetailedDevice:
        """One device with its detail. `RecordGone` when it is not there."""
        path = f"{DEVICES}/{quote(device, safe='')}"
        document = await self._session.get(path, {"include": "deviceDetail"})
        included = document.get("included", [])
        details = read_rows(VENDOR, DeviceDetail, included).records
        own = next((one for one in details if one.id == device), None)
        return DetailedDevice(read_record(VENDOR, Device, document["data"]), own)

    async def raised_alerts(self, tenant: str, since: datetime | None = None) -> Rows[Alert]:
        """The records of alerts that were raised and not dismissed, since a time; those that cleared are among them."""
        params = {"tenants": tenant, "filter[status]": "created", "filter[dismissed]": "false"}
        if since is not None:
            params["filter[detectedTimeAfter]"] = _text(since)
        return await self._all(Alert, ALERTS, params)

    async def _all(self, kind: type[R], path: str, params: Mapping[str, str]) -> Rows[R]:
        """Every row of a list. A link that repeats ends in `VendorAnswerInvalid`."""
        asked = {**params, "page[first]": str(self.settings.page_size)}
        listed = await every_page(VENDOR, self._session, path, asked, most_pages=MOST_PAGES)
        return read_rows(VENDOR, kind, listed.data)._replace(cut=listed.cut)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
