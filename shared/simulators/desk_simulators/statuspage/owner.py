"""Acts of the page's owner: report, update, edit and resolve incidents, plan maintenances, set components."""

from collections.abc import Sequence
from datetime import timedelta

from desk_simulators.kit.table import Record
from desk_simulators.statuspage.state import PageState

IMPACTS = ("none", "minor", "major", "critical", "maintenance")
COMPONENT_STATUSES = ("operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance")
INCIDENT_STATUSES = ("investigating", "identified", "monitoring", "resolved", "postmortem")
MAINTENANCE_STATUSES = ("scheduled", "in_progress", "verifying", "completed")
ENDED = ("resolved", "completed")
TABLES = {"incident": INCIDENT_STATUSES, "maintenance": MAINTENANCE_STATUSES}


class PageOwner:
    """Every act returns the record. Raises KeyError for an unknown record, ValueError for an unknown word."""

    def __init__(self, state: PageState) -> None:
        self._state = state

    def report(
        self,
        name: str,
        impact: str = "minor",
        body: str = "We are looking into it.",
        components: Sequence[str] = (),
        component_status: str = "partial_outage",
    ) -> Record:
        """A new incident with its first update; `components` are names."""
        return self._added("incident", name, impact, body, self._keys(components), component_status, {})

    def schedule(
        self,
        name: str,
        body: str = "We will replace hardware.",
        starts_in_minutes: float = 60.0,
        minutes: float = 120.0,
        components: Sequence[str] = (),
    ) -> Record:
        """A maintenance that begins later."""
        start = self._state.now() + timedelta(minutes=starts_in_minutes)
        planned = {
            "scheduled_for": self._state.moment(start),
            "scheduled_until": self._state.moment(start + timedelta(minutes=minutes)),
        }
        keys = self._keys(components)
        return self._added("maintenance", name, "maintenance", body, keys, "operational", planned)

    def post_update(self, incident: str, status: str, body: str = "", component_status: str | None = None) -> Record:
        """A further update of an incident or maintenance; its components take `component_status`."""
        table = self._table(incident)
        _one_of("status", status, TABLES[table])
        if component_status is not None:
            _one_of("component_status", component_status, COMPONENT_STATUSES)
        before = self._state.row(table, incident)["record"]
        affected = self._affected([one["id"] for one in before["components"]], component_status)
        updates = [self._update(incident, status, body, affected), *before["incident_updates"]]
        ends = {"resolved_at": self._state.moment()} if status in ENDED else {}
        watched = {"monitoring_at": self._state.moment()} if status == "monitoring" else {}
        return self._changed(table, incident, {"status": status, "incident_updates": updates, **ends, **watched})

    def edit_update(self, incident: str, update: str, body: str) -> Record:
        """Another text of an update that was posted before."""
        table = self._table(incident)
        updates = self._state.row(table, incident)["record"]["incident_updates"]
        if update not in [one["id"] for one in updates]:
            raise KeyError(f"no update {update!r} of {incident}")
        edit = {"body": body, "updated_at": self._state.moment()}
        edited = [{**one, **edit} if one["id"] == update else one for one in updates]
        return self._changed(table, incident, {"incident_updates": edited})

    def rename(self, incident: str, name: str) -> Record:
        """Another title, without an update."""
        return self._changed(self._table(incident), incident, {"name": name})

    def remove(self, incident: str) -> Record:
        """The page lists it no more, although it was never resolved."""
        table = self._table(incident)
        return self._state.put(table, self._state.row(table, incident)["record"], removed=True)

    def restore(self, incident: str) -> Record:
        """A removed incident is listed again, as it was."""
        table = self._table(incident)
        return self._state.put(table, self._state.row(table, incident)["record"])

    def set_component(self, name: str, status: str) -> Record:
        """The state of a component, without an incident; its group takes the worst of its members."""
        (key,) = self._keys([name])
        _one_of("status", status, COMPONENT_STATUSES)
        self._affected([key], status)
        found: Record = self._state.row("component", key)["record"]
        return found

    def _added(
        self,
        table: str,
        name: str,
        impact: str,
        body: str,
        keys: Sequence[str],
        component_status: str,
        planned: Record,
    ) -> Record:
        _one_of("impact", impact, IMPACTS)
        _one_of("component_status", component_status, COMPONENT_STATUSES)
        status, key, now = TABLES[table][0], self._state.new_key(table), self._state.moment()
        update = self._update(key, status, body, self._affected(keys, component_status))
        record: Record = {
            "id": key,
            "name": name,
            "status": status,
            "created_at": now,
            "updated_at": now,
            "monitoring_at": None,
            "resolved_at": None,
            "impact": impact,
            "shortlink": f"https://stspg.io/{key}",
            "started_at": now,
            "page_id": self._state.page.id,
            "incident_updates": [update],
            "components": [{"id": component} for component in keys],
        }
        return self._state.put(table, record | (planned or {"reminder_intervals": None}))

    def _update(self, incident: str, status: str, body: str, affected: list[Record] | None) -> Record:
        now = self._state.moment()
        update = {
            "id": self._state.new_key("update"),
            "status": status,
            "body": body,
            "incident_id": incident,
            "created_at": now,
            "updated_at": now,
            "display_at": now,
            "affected_components": affected,
            "deliver_notifications": True,
            "custom_tweet": None,
            "tweet_id": None,
        }
        return self._state.put("update", update)

    def _changed(self, table: str, incident: str, changes: Record) -> Record:
        row = self._state.row(table, incident)
        record = {**row["record"], **changes, "updated_at": self._state.moment()}
        return self._state.put(table, record, removed=row["removed"])

    def _affected(self, keys: Sequence[str], status: str | None) -> list[Record] | None:
        """Sets the components, and answers the transitions as an update carries them; None without components."""
        found = []
        for key in keys:
            before = self._state.row("component", key)["record"]
            after = before["status"] if status is None else status
            found.append(
                {"code": key, "name": self._full_name(before), "old_status": before["status"], "new_status": after}
            )
            if after != before["status"]:
                self._state.put("component", {**before, "status": after, "updated_at": self._state.moment()})
        return found or None

    def _full_name(self, component: Record) -> str:
        """`Group - Component` for a member of a group."""
        if component["group_id"] is None:
            return str(component["name"])
        return f"{self._state.row('component', component['group_id'])['record']['name']} - {component['name']}"

    def _keys(self, names: Sequence[str]) -> list[str]:
        keys = {row["name"]: row["id"] for row in self._state.records("component") if not row["group"]}
        if unknown := [name for name in names if name not in keys]:
            raise KeyError(f"no component {unknown[0]!r}; there are {', '.join(keys)}")
        return [keys[name] for name in names]

    def _table(self, incident: str) -> str:
        found = self._state.table("maintenance").first("record/id", incident)
        return "incident" if found is None else "maintenance"


def _one_of(field: str, value: str, words: Sequence[str]) -> None:
    if value not in words:
        raise ValueError(f"{field} must be one of {', '.join(words)}")
