"""Callbacks of the PSA: each change becomes one message for every registration that listens to it."""

from collections.abc import Callable, Iterator
from uuid import UUID

from desk_simulators.connectwise.callbacks.levels import listens
from desk_simulators.connectwise.callbacks.payload import SIGNATURE_HEADER, callback_address, callback_body, sign
from desk_simulators.connectwise.faults import Faults
from desk_simulators.connectwise.records.resources import RESOURCES
from desk_simulators.connectwise.state import Change, PsaState
from desk_simulators.kit.ledger import Ledger
from desk_simulators.kit.table import Record
from desk_simulators.kit.webhooks.queue import Message, WebhookQueue

SYSTEM = "CallbackService"


class CallbackQueue(WebhookQueue):
    """Listens to the state. `message_ids` names the messages."""

    def __init__(
        self,
        state: PsaState,
        faults: Faults,
        ledger: Ledger,
        *,
        monotonic: Callable[[], float],
        message_ids: Iterator[UUID],
        scale: float,
    ) -> None:
        super().__init__(faults, ledger, now=state.now, monotonic=monotonic, scale=scale)
        self._state = state
        self._codebase_fault = faults
        self._message_ids = message_ids
        state.listeners.append(self)

    def __call__(self, change: Change) -> None:
        kind = RESOURCES[change.table].callback
        if kind is None or change.quiet:
            return
        for entry in self._state.table("callback").find("type", kind):
            if self._wants(entry, change):
                self.send(self._message(entry, change))

    def _wants(self, entry: Record, change: Change) -> bool:
        own = entry.get("isSelfSuppressedFlag") and entry.get("memberId") == change.actor.member_id
        return not (own or entry.get("inactiveFlag")) and listens(entry, change.after or change.before or {})

    def _message(self, entry: Record, change: Change) -> Message:
        instance = self._state.instance
        message_id = str(next(self._message_ids))
        codebase = self._codebase_fault.codebase or instance.codebase
        body = callback_body(instance, codebase, entry, change, message_id)
        url = callback_address(entry["url"], change.record_id, change.action)
        headers = {SIGNATURE_HEADER: sign(instance.signing_key, body)}
        return Message(entry["id"], message_id, entry["type"], change.action, change.record_id, url, body, headers)


class CallbackEntries:
    """Registrations as delivery sees them: switched off after lasting failure, in the name of the system."""

    def __init__(self, state: PsaState) -> None:
        self._state = state

    def is_active(self, callback_id: int) -> bool:
        entry = self._state.table("callback").get(callback_id)
        return entry is not None and not entry.get("inactiveFlag")

    def switch_off(self, callback_id: int) -> None:
        entry = self._state.record("callback", callback_id)
        info = {**entry["_info"], "lastUpdated": self._state.stamp(), "updatedBy": SYSTEM}
        self._state.table("callback").put({**entry, "inactiveFlag": True, "_info": info})
        self._state.revision += 1
