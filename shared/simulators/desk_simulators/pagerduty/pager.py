"""Acts at the account: events are processed; people are notified, acknowledge, resolve, escalate and reassign."""

from desk_simulators.kit.table import Record
from desk_simulators.pagerduty import records
from desk_simulators.pagerduty.state import PagerState

CHANNELS = ("push_notification", "sms", "phone", "email")


class Pager:
    """Every act returns the incident. Raises KeyError for an unknown incident, service or user."""

    def __init__(self, state: PagerState) -> None:
        self._state = state

    def process(self) -> list[str]:
        """Process every event that waits; returns their dedup keys."""
        waiting, self._state.waiting = self._state.waiting, []
        for event in waiting:
            self.take(event)
        return [event["dedup_key"] for event in waiting]

    def take(self, event: Record) -> Record | None:
        """The effect of one valid event; None if it is dropped, because it needs an open alert."""
        service = self.service_of(event["routing_key"])
        if service is None:
            raise KeyError("no integration has this routing key")
        found = self._open(service["id"], event["dedup_key"])
        if event["event_action"] == "trigger":
            return self._triggered(service, event) if found is None else self._appended(found, event)
        if found is None:
            return None
        agent = self._state.reference("service", service)
        change = self._acknowledged if event["event_action"] == "acknowledge" else self._resolved
        return change(self._incident(found["incident"]["id"]), agent)

    def trigger(self, service: str, title: str, key: str, severity: str = "critical") -> Record:
        """A trigger event of the service's integration."""
        payload = {"summary": title, "source": "simulator", "severity": severity}
        routing = self._state.row("service", service)["record"]["integrations"][0]["integration_key"]
        event = {"routing_key": routing, "event_action": "trigger", "dedup_key": key, "payload": payload}
        taken = self.take(event)
        assert taken is not None
        return taken

    def create(self, service: str, title: str, key: str | None, urgency: str, user: str) -> Record:
        """An incident that a person opened by the REST API: it has a key of its own and no alert."""
        record = self._state.row("service", service)["record"]
        return self._begun(records.incident(self._state, record, title, key, urgency), self._user(user))

    def notify(
        self, incident: str, channel: str = "push_notification", status: str = "success", user: str | None = None
    ) -> Record:
        """An attempt to reach the assigned person, or the user named."""
        if channel not in CHANNELS:
            raise ValueError(f"channel must be one of {', '.join(CHANNELS)}")
        record = self._incident(incident)
        person = self._user(user) if user else record["assignments"][0]["assignee"]
        sent = {"type": channel, "address": f"{channel}:{person['id']}", "status": status}
        self._log(
            record,
            "notify",
            record["service"],
            summary=f"Notified {person['summary']} by {channel}",
            channel={"type": "auto", "notification": sent},
            user=person,
        )
        return record

    def acknowledge(self, incident: str, user: str) -> Record:
        return self._acknowledged(self._incident(incident), self._user(user))

    def resolve(self, incident: str, user: str) -> Record:
        return self._resolved(self._incident(incident), self._user(user))

    def unacknowledge(self, incident: str) -> Record:
        """The acknowledgement timed out: the incident is triggered again."""
        record = self._incident(incident)
        changed = self._changed(record, record["service"], status="triggered", acknowledgements=[])
        self._log(changed, "unacknowledge", changed["service"])
        return changed

    def escalate(self, incident: str) -> Record:
        """To the next person of the escalation policy, after whom it begins anew."""
        record = self._incident(incident)
        policy = self._state.row("escalation_policy", record["escalation_policy"]["id"])["record"]
        people = records.policy_users(self._state, policy)
        keys = [person["id"] for person in people]
        present = [one["assignee"]["id"] for one in record["assignments"]]
        following = people[(keys.index(present[0]) + 1) % len(people)] if present and present[0] in keys else people[0]
        assignments = [{"at": self._state.stamp(), "assignee": following}]
        changed = self._changed(
            record, record["service"], status="triggered", acknowledgements=[], assignments=assignments
        )
        self._log(changed, "escalate", changed["service"], assignees=[following])
        return self.notify(incident) if self._state.behaviour.notifies else changed

    def incidents(self) -> list[Record]:
        return self._state.records("incident")

    def service_of(self, routing_key: str) -> Record | None:
        """The service that an integration key leads to."""
        for service in self._state.records("service"):
            if any(one["integration_key"] == routing_key for one in service["integrations"]):
                return service
        return None

    def has_open(self, service: str, key: str) -> bool:
        """Whether an incident or alert with this key is open at the service."""
        own = [one for one in self.incidents() if one["service"]["id"] == service and one["incident_key"] == key]
        return self._open(service, key) is not None or any(one["status"] != "resolved" for one in own)

    def _triggered(self, service: Record, event: Record) -> Record:
        urgency = "high" if event["payload"]["severity"] in records.URGENT else "low"
        key = event["dedup_key"] if self._state.behaviour.names_key else None
        made = records.incident(self._state, service, event["payload"]["summary"], key, urgency)
        made["alert_counts"] = {"all": 1, "triggered": 1, "resolved": 0}
        agent = self._state.reference("service", service)
        self._state.put("alert", records.alert(self._state, service, made, event))
        return self._begun(made, agent)

    def _begun(self, made: Record, agent: Record) -> Record:
        self._state.put("incident", made)
        first = self._log(made, "trigger", agent)
        reference = {"id": first["id"], "type": "trigger_log_entry_reference", "self": first["self"]}
        made = self._state.put("incident", {**made, "first_trigger_log_entry": {**reference, "summary": "Triggered"}})
        people = [one["assignee"] for one in made["assignments"]]
        self._log(made, "assign", agent, assignees=people)
        return self.notify(made["id"]) if self._state.behaviour.notifies and people else made

    def _appended(self, alert: Record, event: Record) -> Record:
        """The text of the alert is overwritten; nobody is notified."""
        payload = event["payload"]
        changes = {"summary": payload["summary"], "severity": payload["severity"], "body": records.body(event)}
        self._state.put("alert", {**alert, **changes})
        return self._incident(alert["incident"]["id"])

    def _acknowledged(self, record: Record, agent: Record) -> Record:
        if record["status"] == "resolved":
            return record
        entry = {"at": self._state.stamp(), "acknowledger": agent}
        changed = self._changed(record, agent, status="acknowledged", acknowledgements=[entry])
        self._log(changed, "acknowledge", agent)
        return changed

    def _resolved(self, record: Record, agent: Record) -> Record:
        if record["status"] == "resolved":
            return record
        for alert in self._state.related("alert", record["id"]):
            self._state.put("alert", {**alert, "status": "resolved"})
        counts = {"all": record["alert_counts"]["all"], "triggered": 0, "resolved": record["alert_counts"]["all"]}
        changed = self._changed(
            record,
            agent,
            status="resolved",
            resolved_at=self._state.stamp(),
            assignments=[],
            acknowledgements=[],
            alert_counts=counts,
        )
        self._log(changed, "resolve", agent)
        return changed

    def _changed(self, record: Record, agent: Record, **changes: object) -> Record:
        now = self._state.stamp()
        moved = {"updated_at": now, "last_status_change_at": now, "last_status_change_by": agent}
        return self._state.put("incident", {**record, **moved, **changes})

    def _log(self, record: Record, kind: str, agent: Record, **members: object) -> Record:
        return self._state.put("log_entry", records.log_entry(self._state, record, kind, agent, **members))

    def _open(self, service: str, key: str) -> Record | None:
        """The open alert with this dedup key."""
        found = [one for one in self._state.records("alert") if one["alert_key"] == key]
        return next((one for one in found if one["service"]["id"] == service and one["status"] == "triggered"), None)

    def _incident(self, key: str) -> Record:
        found: Record = self._state.row("incident", key)["record"]
        return found

    def _user(self, key: str) -> Record:
        return self._state.reference("user", self._state.row("user", key)["record"])
