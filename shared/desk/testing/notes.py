"""An event model of two facts, for tests of the event store: texts said on a subject, and answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

import msgspec

from desk.contract.event import Actor, Draft, Event, Payload, Spec, Stream
from desk.decision.context import DecisionContext
from desk.decision.event_model import EventModel
from desk.decision.policies.lookup import D, Policies


class Said(Payload, frozen=True):
    """A text was said."""

    spec: ClassVar[Spec] = Spec(owner="each", key=("text",))
    text: str


class Answered(Payload, frozen=True):
    """A service reacted to a fact."""

    spec: ClassVar[Spec] = Spec(owner="each", key=("text",))
    text: str


class Talk(msgspec.Struct, frozen=True):
    """The state: the texts of each owner, in order."""

    lines: dict[str, tuple[str, ...]] = {}
    imported: bool = False

    def evolve(self, event: Event) -> Talk:
        text = getattr(event.data, "text", None)
        if text is None:
            return self
        lines = {**self.lines, event.owner: (*self.lines.get(event.owner, ()), text)}
        return Talk(lines, self.imported or event.origin == "import")

    def said(self, owner: str) -> tuple[str, ...]:
        """The texts of one owner."""
        return self.lines.get(owner, ())


def text_of(event: Event) -> str:
    """The text of a fact of this model."""
    assert isinstance(event.data, Said | Answered)
    return event.data.text


_DECODER = msgspec.json.Decoder(Event[Any])
_KINDS: dict[str, type[Payload]] = {"said": Said, "answered": Answered}


def _decode(raw: bytes | None) -> Event:
    event = _DECODER.decode(raw or b"")
    kind = _KINDS.get(event.type.split(".")[2])
    return msgspec.structs.replace(event, data=msgspec.convert(event.data, kind)) if kind else event


NOTES = EventModel(
    encode=msgspec.json.encode,
    decode=_decode,
    initial=lambda _stream: Talk(),
    stream_of=lambda name: Stream.TICKETS if name.split(".")[2] in _KINDS else None,
    version="notes-1",
)


class NoPolicies(Policies):
    """Policies of a service that has none."""

    def get(self, name: str, version: str | None = None) -> Any:
        raise KeyError(name)

    def version(self, name: str) -> str:
        raise KeyError(name)

    def document(self, kind: type[D], version: str | None = None) -> D:
        raise KeyError(kind.__name__)


def context(identity: UUID | None = None, **fields: Any) -> DecisionContext:
    """The context of a technician's decision now."""
    fields_of_context: dict[str, Any] = {
        "id": identity or uuid4(),
        "actor": Actor("person", "tech-1"),
        "now": datetime.now(UTC),
        "policies": NoPolicies(),
    }
    return DecisionContext(**(fields_of_context | fields))


def say(*texts: str) -> Any:
    """A decision that says these texts, each once: texts said already are left out."""

    def decide(state: Talk, _deciding: DecisionContext) -> list[Draft]:
        said = {text for lines in state.lines.values() for text in lines}
        return [Draft(data=Said(text=text)) for text in texts if text not in said]

    return decide


TICKETS = Stream.TICKETS
