"""Requests as handlers receive them, and the query parameters that they share."""

from datetime import datetime

from desk_simulators.kit.clock import instant
from desk_simulators.kit.http import call as kit
from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.oauth import Token
from desk_simulators.kit.table import Record
from desk_simulators.ninjaone.device_filter import device_filter
from desk_simulators.ninjaone.errors import bad_value
from desk_simulators.ninjaone.state import NinjaState

MAX_PAGE_SIZE = 1000
LONG = 18

Call = kit.Call[NinjaState, Token]
Handler = kit.Handler[NinjaState, Token]
Routes = dict[tuple[str, str], Handler]

__all__ = ["Call", "Handler", "Reply", "Routes", "devices", "moment", "number", "page_size"]


def number(call: Call, name: str) -> int | None:
    """A whole-number parameter, None when it is absent. Raises the API's 400."""
    text = call.query.get(name, "")
    if not text:
        return None
    if not text.lstrip("-").isdigit() or len(text) > LONG:
        raise bad_value(name, "must be a whole number")
    return int(text)


def page_size(call: Call, *, default: int, least: int = 1) -> int:
    """`pageSize` within the vendor's bounds; a value beyond them is cut to the bound."""
    asked = number(call, "pageSize")
    return default if asked is None else max(least, min(asked, MAX_PAGE_SIZE))


def moment(call: Call, name: str) -> float | None:
    """Epoch seconds, or an ISO day or instant. Raises the API's 400."""
    text = call.query.get(name, "")
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        pass
    try:
        found: datetime = instant(text)
    except ValueError as error:
        raise bad_value(name, "must be epoch seconds or an ISO 8601 date") from error
    return found.timestamp()


def devices(call: Call) -> list[Record]:
    """Devices that `df` admits, by ascending id."""
    admits = device_filter(call.query.get("df", ""))
    return [device for device in call.state.table("device") if admits(device)]
