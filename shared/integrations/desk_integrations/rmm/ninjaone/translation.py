"""From the vendor's records to the port's, without I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from desk_connectors.ninjaone.records import (
    Activity,
    Alert,
    Device,
    OsPatchInstall,
    SoftwarePatchInstall,
    instant,
)
from desk_integrations.kinds.rmm import AssetCandidate, ChangeClass, Match, RmmAlert, RmmChange, RmmDevice
from desk_integrations.outcomes import WebhookIgnored, WebhookRefused

LONGEST_TEXT = 500
STATUS_CLASSES: Mapping[str, ChangeClass] = {
    "SOFTWARE_ADDED": "install",
    "SOFTWARE_REMOVED": "install",
    "SOFTWARE_UPDATED": "install",
    "SYSTEM_REBOOTED": "reboot",
}
TYPE_CLASSES: Mapping[str, ChangeClass] = {
    "SCRIPTING": "script",
    "ACTION": "script",
    "ACTIONSET": "script",
    "CONDITION_ACTION": "script",
    "CONDITION_ACTIONSET": "script",
    "SCHEDULED_TASK": "script",
    "DYNAMIC_POLICY": "policy",
}


def to_device(record: Device) -> RmmDevice:
    return RmmDevice(
        external=str(record.id),
        hostname=record.system_name or record.netbios_name or record.display_name,
        dns_name=record.dns_name,
        display_name=record.display_name,
        device_class=record.node_class,
        serial=record.system.serial_number,
        mac_addresses=record.mac_addresses,
        last_user=record.last_logged_in_user,
        online=None if record.offline is None else not record.offline,
        last_contact=instant(record.last_contact),
    )


def name_matches(record: Device, hostname: str) -> tuple[Match, ...]:
    """The names of the device that equal the reported one, without case. A host name may come with its domain."""
    wanted = hostname.strip().rstrip(".").casefold()
    found: list[Match] = []
    if wanted and wanted == record.dns_name.rstrip(".").casefold():
        found.append("dns-name")
    short = {name.casefold() for name in (record.system_name, record.netbios_name) if name}
    if wanted in short or ("." not in record.dns_name and wanted.partition(".")[0] in short):
        found.append("hostname")
    return tuple(found)


def is_user(reported: str, upn: str) -> bool:
    """Whether `DOMAIN\\user` (or a UPN) of the vendor can be the user of this UPN. Domains are not compared."""
    user, wanted = reported.strip().casefold(), upn.strip().casefold()
    local = wanted.partition("@")[0]
    return bool(local) and (user == wanted or user.rpartition("\\")[2].partition("@")[0] == local)


def ranked(matches: Iterable[tuple[Device, tuple[Match, ...]]]) -> tuple[AssetCandidate, ...]:
    """Candidates, exact ones first. A name is exact unless several devices carry it; a user alone is probable."""
    found = [(device, why) for device, why in matches if why]
    named = sum(1 for _, why in found if set(why) & {"hostname", "dns-name"})
    candidates = [_candidate(device, why, named) for device, why in found]
    return tuple(sorted(candidates, key=lambda one: (one.confidence != "exact", -len(one.why), one.device.external)))


def _candidate(device: Device, why: tuple[Match, ...], named: int) -> AssetCandidate:
    by_name, by_user = bool(set(why) & {"hostname", "dns-name"}), "last-user" in why
    exact = by_name and (named == 1 or by_user)
    return AssetCandidate(device=to_device(device), confidence="exact" if exact else "probable", why=why)


def to_patch(record: OsPatchInstall | SoftwarePatchInstall) -> RmmChange | None:
    """None when the row names no time: it cannot be placed in the window."""
    at = instant(record.installed_at)
    if at is None:
        return None
    title = record.name if isinstance(record, OsPatchInstall) else record.title or record.product_identifier
    failed = " (failed)" if record.status.upper() == "FAILED" else ""
    return RmmChange(at=at, kind="patch", what=f"{title}{failed}"[:LONGEST_TEXT], external=str(record.id))


def to_changes(activities: Iterable[Activity]) -> list[RmmChange]:
    """Changes among activities. The activities of one script run share a series and are one change, at its start."""
    found: dict[str, RmmChange] = {}
    for record in sorted(activities, key=lambda one: (one.activity_time, one.id)):
        kind = STATUS_CLASSES.get(record.status_code) or TYPE_CLASSES.get(record.activity_type)
        at = instant(record.activity_time)
        if kind is None or at is None:
            continue
        series = record.series_uid if kind == "script" and record.series_uid else str(record.id)
        what = (record.message or record.subject or record.status or record.status_code)[:LONGEST_TEXT]
        found.setdefault(series, RmmChange(at=at, kind=kind, what=what, external=str(record.id)))
    return list(found.values())


def to_alert(record: Alert, asked_at: datetime) -> RmmAlert:
    """An open alert. One without a time is dated when it was read."""
    return RmmAlert(
        alert=record.uid,
        state="firing",
        at=instant(record.create_time) or asked_at.astimezone(UTC),
        external=str(record.device_id),
        severity=record.severity,
        what=(record.message or record.subject)[:LONGEST_TEXT],
    )


def webhook_alert(record: Activity) -> RmmAlert | WebhookIgnored | WebhookRefused:
    """The alert of an activity. The vendor acknowledges and disables alerts too; those are no states of ours."""
    states = {"TRIGGERED": "firing", "RESET": "cleared"}
    if record.activity_type != "CONDITION" or record.status_code not in states:
        return WebhookIgnored()
    at = instant(record.activity_time)
    if at is None or record.device_id is None or not record.series_uid:
        return WebhookRefused("malformed")
    return RmmAlert(
        alert=record.series_uid,
        state="firing" if record.status_code == "TRIGGERED" else "cleared",
        at=at,
        external=str(record.device_id),
        severity=record.severity,
        what=(record.message or record.subject)[:LONGEST_TEXT],
        sequence=str(record.id),
    )
