"""Initial records of the page: components in two groups, a past incident, and a maintenance ahead."""

from desk_simulators.kit.table import Record
from desk_simulators.statuspage.owner import PageOwner
from desk_simulators.statuspage.state import PageState

GROUPS = {
    "Dashboard": ("EU Dashboard", "US Dashboard"),
    "Mail": ("Inbound mail", "Outbound mail"),
}
SINGLE = ("API", "Sign-in", "Backups")
CREATED, STARTED = "2021-03-31T09:50:00.000Z", "2021-03-30"


def seed(state: PageState) -> None:
    """Fill an empty state."""
    for position, name in enumerate(SINGLE, 1):
        _component(state, name, position, None, [])
    for place, (group, names) in enumerate(GROUPS.items(), len(SINGLE) + 1):
        key = _component(state, group, place, None, None)["id"]
        members = [_component(state, name, position, key, [])["id"] for position, name in enumerate(names, 1)]
        state.put("component", {**state.row("component", key)["record"], "components": members})
    owner = PageOwner(state)
    past = owner.report("Delays of outbound mail", "minor", "Mail leaves late.", ["Outbound mail"], "operational")
    owner.post_update(past["id"], "resolved", "All queues are empty.", "operational")
    owner.schedule("Replacement of storage", starts_in_minutes=3 * 24 * 60, components=["Backups"])


def _component(state: PageState, name: str, position: int, group: str | None, members: list[str] | None) -> Record:
    """A component; a group where `members` is None, to be filled later."""
    record = {
        "id": state.new_key("component"),
        "name": name,
        "status": "operational",
        "created_at": CREATED,
        "updated_at": CREATED,
        "position": position,
        "description": None,
        "showcase": members is not None,
        "start_date": None if members is None else STARTED,
        "group_id": group,
        "page_id": state.page.id,
        "group": members is None,
        "only_show_if_degraded": False,
    }
    return state.put("component", record if members is not None else {**record, "components": []})
