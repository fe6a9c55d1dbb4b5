"""Callback registrations and the refusals recorded for them (contract 1.1)."""

from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from desk_simulators.connectwise.callbacks.levels import LEVELS
from desk_simulators.connectwise.errors import invalid, invalid_field, problem
from desk_simulators.connectwise.identity import Actor
from desk_simulators.connectwise.state import PsaState
from desk_simulators.kit.table import Record

NAME = "callbackEntry"
SAME = ("type", "level", "objectId", "url")


def prepare(state: PsaState, draft: Record, body: Record, actor: Actor) -> Record:
    serial = uuid5(NAMESPACE_URL, f"callback:{state.table('callback').last_id + 1}")
    return {"isSoapCallbackFlag": False, **draft, "memberId": actor.member_id, "connectWiseID": str(serial)}


def complete(state: PsaState, before: Record | None, draft: Record, actor: Actor) -> Record:
    """An objectId 0 is stored as 1; an entry equal in type, level, object and URL is refused."""
    draft = {**draft, "type": str(draft["type"]).lower(), "level": str(draft["level"]).lower()}
    if draft["objectId"] == 0:
        draft["objectId"] = 1
    if not _is_address(draft["url"]):
        raise invalid_field(NAME, "url", "The url must be an absolute http or https address.")
    if draft["level"] not in LEVELS.get(draft["type"], {}):
        raise invalid_field(NAME, "level", f"The level {draft['level']} is not allowed for type {draft['type']}.")
    if not isinstance(draft["objectId"], int):
        raise invalid_field(NAME, "objectId", "The objectId must be a number.")
    for other in state.table("callback").find("type", draft["type"]):
        if other["id"] != draft.get("id") and all(other[name] == draft[name] for name in SAME):
            message = "A callback of this type, level, object and url exists already."
            raise invalid(NAME, problem("ObjectExists", message, NAME, "objectId"))
    return draft


def _is_address(url: object) -> bool:
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False
