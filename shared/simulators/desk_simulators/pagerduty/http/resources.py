"""Abilities, users, services and escalation policies: read only."""

from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.table import Record
from desk_simulators.pagerduty.errors import missing
from desk_simulators.pagerduty.http.listing import Call, Routes, page, values

ABILITIES = (
    "sso",
    "advanced_reports",
    "teams",
    "read_only_users",
    "team_responders",
    "service_support_hours",
    "urgencies",
)
NAMES = {"user": ("users", "User"), "service": ("services", "Service")}
POLICY = ("escalation_policies", "Escalation Policy")


def routes() -> Routes:
    found: Routes = {("GET", "abilities"): lambda call: Reply(200, {"abilities": list(ABILITIES)})}
    for table, (path, title) in {**NAMES, "escalation_policy": POLICY}.items():
        found |= _routes(table, path, title)
    return found


def _routes(table: str, path: str, title: str) -> Routes:
    def listed(call: Call) -> Reply:
        wanted = call.query.get("query", "").casefold()
        rows = [_answered(call, row) for row in call.state.records(table) if wanted in row["name"].casefold()]
        return page(call, path, sorted(rows, key=lambda row: str(row["name"])))

    def one(call: Call) -> Reply:
        row = call.state.tables[table].first("record/id", call.names[0])
        if row is None:
            raise missing(title)
        return Reply(200, {table: _answered(call, row["record"])})

    return {("GET", path): listed, ("GET", f"{path}/{{name}}"): one}


def _answered(call: Call, record: Record) -> Record:
    """Integrations are references, with their key only if `include[]` asks for them."""
    if "integrations" not in record or "integrations" in values(call, "include[]"):
        return record
    bare = [{key: value for key, value in one.items() if key != "integration_key"} for one in record["integrations"]]
    return {**record, "integrations": bare}
