"""A contact's display name and the ids of its ways to be reached."""

from typing import Any

from desk_simulators.connectwise.errors import invalid_field
from desk_simulators.connectwise.identity import Actor
from desk_simulators.connectwise.state import PsaState
from desk_simulators.kit.table import Record

KINDS = ("Email", "Phone", "Fax")


def complete(state: PsaState, before: Record | None, draft: Record, actor: Actor) -> Record:
    items = draft.get("communicationItems") or []
    name = " ".join(str(draft[part]) for part in ("firstName", "lastName") if draft.get(part))
    return {**draft, "fullName": name, "communicationItems": [_item(item, n) for n, item in enumerate(items, 1)]}


def _item(item: Any, number: int) -> Record:
    kind = item.get("communicationType") if isinstance(item, dict) else None
    if kind not in KINDS or not item.get("value"):
        message = f"Each communication item needs value and communicationType ({', '.join(KINDS)})."
        raise invalid_field("contact", "communicationItems", message)
    value = str(item["value"])
    domain = f"@{value.rpartition('@')[2]}" if kind == "Email" else None
    return {"id": number, "type": {"id": KINDS.index(kind) + 1, "name": kind}, **item, "value": value, "domain": domain}
