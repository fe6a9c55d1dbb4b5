"""The reads that we make at one account."""

from __future__ import annotations

from urllib.parse import quote

from desk_connectors.http.errors import VendorAnswerInvalid
from desk_connectors.pagerduty.records import VENDOR, Alert, Incident, LogEntry
from desk_connectors.pagerduty.session import Session
from desk_connectors.reading import Rows


class PagerDuty:
    """Incidents by dedup key, and their logs. Errors are those of `desk_connectors.http`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def check(self, service: str) -> None:
        """A harmless read. `RecordGone` if the account has no such service."""
        await self._session.get(f"/services/{quote(service, safe='')}")

    async def incidents(self, service: str, key: str) -> list[Incident]:
        """Every incident of the service whose own key, or the key of one of its alerts, is this one.

        Each is compared, because the filter is the vendor's. A row that cannot be read is an error: it could be the
        incident that was looked for.
        """
        params = [("date_range", "all"), ("incident_key", key), ("service_ids[]", service)]
        listed = await self._session.rows(Incident, "/incidents", "incidents", params)
        if listed.unreadable or listed.cut:
            raise VendorAnswerInvalid(VENDOR, "list of Incident", "incidents", "not readable to its end")
        own = [one for one in listed.records if one.service.id == service]
        return [one for one in own if one.incident_key == key or await self._has_alert(one, key)]

    async def log(self, incident: str) -> Rows[LogEntry]:
        """The log of an incident, newest first."""
        path = f"/incidents/{quote(incident, safe='')}/log_entries"
        return await self._session.rows(LogEntry, path, "log_entries", [("include[]", "channels")])

    async def _has_alert(self, incident: Incident, key: str) -> bool:
        """Incidents that are made of alerts have no key, or that of the first alert."""
        path = f"/incidents/{quote(incident.id, safe='')}/alerts"
        listed = await self._session.rows(Alert, path, "alerts", [("alert_key", key)])
        return any(alert.alert_key == key for alert in listed.records)
