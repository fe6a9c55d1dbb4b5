"""Records of incidents, alerts and log entries, as the API answers them."""

from desk_simulators.kit.table import Record
from desk_simulators.pagerduty.state import PagerState

URGENT = ("critical", "error")
EMPTY_LISTS = (
    "teams",
    "impacted_services",
    "pending_actions",
    "acknowledgements",
    "incidents_responders",
    "responder_requests",
    "subscriber_requests",
)
NULLS = (
    "resolved_at",
    "first_trigger_log_entry",
    "basic_alert_grouping",
    "alert_grouping",
    "priority",
    "resolve_reason",
)
"""Members of a new incident that are empty lists, and those that are null."""


def incident(state: PagerState, service: Record, title: str, key: str | None, urgency: str) -> Record:
    """A new incident, assigned to the first person of the service's escalation policy."""
    number = len(state.tables["incident"]) + 1
    policy = state.row("escalation_policy", service["escalation_policy"]["id"])["record"]
    now = state.stamp()
    addressed = state.addressed("incident", state.new_id("incident"))
    return {
        **addressed,
        "summary": f"[#{number}] {title}",
        "incident_number": number,
        "title": title,
        "description": title,
        "created_at": now,
        "updated_at": now,
        "status": "triggered",
        "incident_key": key,
        "service": state.reference("service", service),
        "assignments": [{"at": now, "assignee": person} for person in policy_users(state, policy)[:1]],
        "assigned_via": "escalation_policy",
        "last_status_change_at": now,
        "last_status_change_by": state.reference("service", service),
        "alert_counts": {"all": 0, "triggered": 0, "resolved": 0},
        "is_mergeable": True,
        "escalation_policy": state.reference("escalation_policy", policy),
        "urgency": urgency,
        **{name: [] for name in EMPTY_LISTS},
        **dict.fromkeys(NULLS),
    }


def alert(state: PagerState, service: Record, incident_record: Record, event: Record) -> Record:
    """A new alert of an incident, out of a trigger event."""
    payload = event["payload"]
    key = state.new_id("alert")
    addressed = state.addressed("alert", key)
    return {
        **addressed,
        "self": f"{incident_record['self']}/alerts/{key}",
        "summary": payload["summary"],
        "created_at": state.stamp(),
        "status": "triggered",
        "alert_key": event["dedup_key"],
        "service": state.reference("service", service),
        "body": body(event),
        "incident": state.reference("incident", incident_record),
        "suppressed": False,
        "severity": payload["severity"],
        "integration": service["integrations"][0],
    }


def body(event: Record) -> Record:
    payload = event["payload"]
    links = [{"type": "link", **link} for link in event.get("links", [])]
    return {
        "type": "alert_body",
        "contexts": links,
        "details": payload.get("custom_details", {}),
        "cef_details": {**payload, "dedup_key": event["dedup_key"], "client": event.get("client")},
    }


def log_entry(state: PagerState, incident_record: Record, kind: str, agent: Record, **members: object) -> Record:
    """An entry of an incident's log. `kind` is without the suffix `_log_entry`."""
    key = state.new_id("log_entry")
    return {
        **state.addressed("log_entry", key, console=False),
        "type": f"{kind}_log_entry",
        "summary": f"{kind.replace('_', ' ').capitalize()} by {agent['summary']}",
        "created_at": state.stamp(),
        "agent": agent,
        "channel": {"type": "auto"},
        "service": incident_record["service"],
        "incident": state.reference("incident", incident_record),
        "teams": [],
        "contexts": [],
        "event_details": {},
        **members,
    }


def policy_users(state: PagerState, policy: Record) -> list[Record]:
    """The persons of an escalation policy, level by level."""
    targets = [target for rule in policy["escalation_rules"] for target in rule["targets"]]
    return [state.reference("user", state.row("user", target["id"])["record"]) for target in targets]
