"""From the vendor's records to the port's, without I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC

from desk_connectors.auvik import Alert, Device, Notice
from desk_connectors.reading import Rows
from desk_integrations.kinds.monitoring import DeviceState, Entity, MonitoringAlert, MonitoringAlerts, Reachability
from desk_integrations.outcomes import Missing, WebhookIgnored

LONGEST_TEXT = 500
STATES: Mapping[str, Reachability] = {
    "online": "online",
    "offline": "offline",
    "unreachable": "unreachable",
    "notPresent": "unreachable",
    "lowerLayerDown": "unreachable",
}
"""The vendor's other words (testing, dormant, unknown) say nothing about the device."""
ENTITIES: Mapping[str, Entity] = {
    "device": "device",
    "interface": "interface",
    "network": "network",
    "service": "service",
}


def to_state(record: Device) -> DeviceState:
    attributes = record.attributes
    return DeviceState(
        external=record.id,
        name=attributes.device_name,
        state=STATES.get(attributes.online_status, "unknown"),
        status=attributes.online_status,
        since=attributes.last_seen_time and attributes.last_seen_time.astimezone(UTC),
        url=record.links.dashboard,
    )


def to_alert(record: Alert) -> MonitoringAlert:
    entity = record.relationships.entity.data
    return MonitoringAlert(
        alert=alert_id(record.attributes.alert_definition_id, entity.id),
        state="firing",
        at=record.attributes.detected_on.astimezone(UTC),
        entity=ENTITIES.get(entity.type, "other"),
        external=entity.id,
        severity=record.attributes.severity,
        what=_words(record.attributes.name, record.attributes.description),
        url=record.links.dashboard,
    )


def to_alerts(found: Rows[Alert], tenant: str, entities: Iterable[str] | None) -> MonitoringAlerts:
    """The open alerts of the tenant, oldest first; those of some entities only where they are given."""
    own = [record for record in found.records if record.tenant == tenant]
    wanted = None if entities is None else set(entities)
    kept = [one for one in own if one.is_open and (wanted is None or one.relationships.entity.data.id in wanted)]
    return MonitoringAlerts(
        alerts=tuple(sorted(map(to_alert, kept), key=lambda one: (one.at, one.alert))),
        missing=missing("alerts", found.unreadable, cut=found.cut),
        foreign=len(found.records) - len(own),
    )


def webhook_alert(notice: Notice) -> MonitoringAlert | WebhookIgnored:
    """The alert of a notice. The vendor pairs the two notices of an alert by definition and entity."""
    state = {0: "firing", 1: "cleared"}.get(notice.alert_status)
    if state is None:
        return WebhookIgnored()
    return MonitoringAlert(
        alert=alert_id(notice.alert_id, notice.entity_id),
        state="firing" if state == "firing" else "cleared",
        at=notice.date.astimezone(UTC),
        entity=ENTITIES.get(notice.entity_type, "other"),
        external=notice.entity_id,
        severity=notice.alert_severity_string.lower(),
        what=_words(notice.alert_name, notice.alert_description),
        url=notice.link,
        sequence=notice.correlation_id,
    )


def alert_id(definition: str, entity: str) -> str:
    """The id that an alert has when it fires and when it clears. The vendor's ids hold no colon."""
    return f"{definition}:{entity}"


def missing(part: str, unreadable: int, *, cut: bool = False) -> tuple[Missing, ...]:
    """The rows of a list that were left out, and the end that was cut off, as missing parts."""
    found = [Missing(part, "unreadable", rows=unreadable)] if unreadable else []
    return (*found, Missing(part, "cut")) if cut else tuple(found)


def _words(name: str, description: str) -> str:
    return ": ".join(text for text in (name, description) if text)[:LONGEST_TEXT]
