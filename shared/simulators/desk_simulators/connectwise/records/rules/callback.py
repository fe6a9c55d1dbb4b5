"""Callback registrations and the refusals recorded for them (contract 1.1)."""

from collections.abc import Iterator
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from desk_simulators.connectwise.callbacks.levels import is_level
from desk_simulators.connectwise.errors import invalid, invalid_field, problem
from desk_simulators.connectwise.identity import Actor
from desk_simulators.connectwise.state import PsaState
from desk_simulators.kit.table import Record, key_of

NAME = "callbackEntry"
SAME = ("type", "level", "objectId")
EXISTS = "A matching callback entry already exists"
LEVEL = "Unrecognized level for type, see documentation for supported levels for each type"


def prepare(state: PsaState, draft: Record, body: Record, actor: Actor) -> Record:
    serial = uuid5(NAMESPACE_URL, f"callback:{state.table('callback').last_id + 1}")
    return {"isSoapCallbackFlag": False, **draft, "memberId": actor.member_id, "connectWiseID": str(serial)}


def complete(state: PsaState, before: Record | None, draft: Record, actor: Actor) -> Record:
    """Check the entry as the vendor does: an objectId 0 is stored as 1, type and level keep the case that was sent.

    An entry equal in type, level (without case), object and URL is refused. Every other problem is in one answer.
    """
    draft = {**draft, "objectId": draft["objectId"] or 1}
    problems = [*_problems(draft)]
    if problems:
        raise invalid(NAME, *problems)
    if not isinstance(draft["objectId"], int):
        raise invalid_field(NAME, "objectId", "The objectId must be a number.")
    for other in state.table("callback").find("type", draft["type"]):
        same = other["url"] == draft["url"] and all(key_of(other[name]) == key_of(draft[name]) for name in SAME)
        if same and other["id"] != draft.get("id"):
            raise invalid(NAME, problem("ObjectExists", EXISTS, NAME, "objectId"))
    return draft


def _problems(draft: Record) -> Iterator[dict[str, str]]:
    if not _is_address(draft["url"]):
        yield problem("InvalidField", "Invalid URL", NAME, "url")
    if not is_level(draft["type"], draft["level"]):
        yield problem("InvalidObject", LEVEL, NAME, "level")


def _is_address(url: object) -> bool:
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False
