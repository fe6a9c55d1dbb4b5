"""A request to the PSA as handlers receive it."""

from typing import Any

from desk_simulators.connectwise.errors import ApiError
from desk_simulators.connectwise.identity import Actor
from desk_simulators.connectwise.state import PsaState
from desk_simulators.kit.http import call as kit
from desk_simulators.kit.http.call import Reply

Call = kit.Call[PsaState, Actor]
Handler = kit.Handler[PsaState, Actor]
Routes = dict[tuple[str, str], Handler]

__all__ = ["Call", "Handler", "Reply", "Routes", "need"]


def need(body: object, name: str, kind: type) -> Any:
    """A member of the JSON body. Raises the API's 400 that names it."""
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, kind):
        raise ApiError(400, "InvalidObject", f"The body needs {name} ({kind.__name__}).")
    return value
