"""Sealed fields: names, addresses and free text, encrypted per subject, so that destroying one key erases one person.

AES-256-GCM (NIST SP 800-38D) with a random nonce per text. A box is bound to its key's id and subject. Without the key
the fact can still be read, with the field sealed.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from collections.abc import Callable
from functools import cache
from typing import TypeVar

import msgspec.inspect
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from desk.contract.event import Payload, Sealed, Stream
from desk.contract.key_ring import Key as Key
from desk.contract.key_ring import KeyRing as KeyRing
from desk.contract.key_ring import KeyState
from desk.contract.read_text import ReadText, Unreadable
from desk.contract.struct_fields import Rewrite, rewriter, rewriter_of
from desk.contract.ticket.intake.facts import TicketOpened
from desk.contract.ticket.ticket import Ticket

NONCE_BYTES = 12
S = TypeVar("S", bound=msgspec.Struct)


class BrokenSeal(ValueError):
    """A box that cannot be decrypted under its own key: truncated, changed, or moved from another subject."""


def sealing_subject(stream: Stream, subject: str, state: object = None, payload: Payload | None = None) -> str:
    """The subject whose key seals the texts of a fact: `person:<contact>` if there is a contact, else the aggregate."""
    if stream is Stream.PEOPLE:
        return f"person:{subject}"
    if stream is not Stream.TICKETS:
        return f"{stream.value}:{subject}"
    contact = state.intake.contact if isinstance(state, Ticket) else None
    if contact is None and isinstance(payload, TicketOpened):
        contact = payload.contact
    return f"ticket:{subject}" if contact is None else f"person:{contact}"


def sealer(ring: KeyRing) -> Callable[[Payload, str, object], Payload]:
    """The sealing function of an event store: (payload, subject, state of its aggregate) -> the payload sealed."""

    def close(payload: Payload, subject: str, state: object) -> Payload:
        return seal(payload, ring, sealing_subject(payload.spec.stream, subject, state, payload))

    return close


def seal(value: S, ring: KeyRing, subject: str) -> S:
    """The struct with every text sealed under the subject's key. Empty and sealed texts are not changed."""
    rewrite = _texts(type(value))
    if rewrite is None:
        return value
    found: list[Key] = []

    def close(text: object) -> object:
        if not isinstance(text, str) or not text:
            return text
        if not found:
            found.append(ring.key_for(subject))
        return _close(text, found[0])

    sealed = rewrite(value, close)
    assert isinstance(sealed, type(value))
    return sealed


def unseal(value: S, ring: KeyRing) -> S:
    """The struct with every text decrypted whose key is available. Other texts stay sealed."""
    rewrite = _texts(type(value))
    if rewrite is None:
        return value

    def read(text: object) -> object:
        if not isinstance(text, Sealed):
            return text
        try:
            plain = open_text(text, ring)
        except BrokenSeal:
            return text
        return text if plain is None else plain

    unsealed = rewrite(value, read)
    assert isinstance(unsealed, type(value))
    return unsealed


def disclose(value: object, ring: KeyRing) -> object:
    """The struct or text with every text decrypted, or replaced by an `Unreadable`; for encoding as JSON."""
    if isinstance(value, str | Sealed):
        return read_text(value, ring)
    kind: type = type(value)
    rewrite = _texts(kind)
    if rewrite is None:
        return value
    return rewrite(value, lambda text: read_text(text, ring) if isinstance(text, Sealed) else text)


def read_text(text: str | Sealed, ring: KeyRing) -> ReadText:
    """One text decrypted, or the reason why it cannot be read."""
    if isinstance(text, str):
        return text
    try:
        plain = open_text(text, ring)
    except BrokenSeal:
        return Unreadable("damaged", text.key)
    if plain is not None:
        return plain
    erased = ring.states([text.key]).get(text.key) is KeyState.ERASED
    return Unreadable("erased" if erased else "key-lost", text.key)


def lacks_key(value: msgspec.Struct, ring: KeyRing) -> bool:
    """Whether a text of the struct needs a key that the ring lacks and whose loss is not accepted."""
    rewrite, keys = _texts(type(value)), set[str]()
    if rewrite is None:
        return False

    def collect(text: object) -> object:
        if isinstance(text, Sealed):
            keys.add(text.key)
        return text

    rewrite(value, collect)
    return KeyState.MISSING in ring.states(keys).values() if keys else False


def open_text(text: str | Sealed, ring: KeyRing) -> str | None:
    """One text decrypted; None when its key is not available. BrokenSeal when it cannot be decrypted under its key."""
    if isinstance(text, str):
        return text
    key = ring.get(text.key)
    if key is None:
        return None
    try:
        box = b64decode(text.box, validate=True)
        return AESGCM(key.secret).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], _bound_to(key)).decode()
    except (InvalidTag, ValueError) as error:
        raise BrokenSeal(f"a text sealed under key {key.id} cannot be decrypted") from error


def fingerprint(text: str, ring: KeyRing, subject: str) -> str:
    """HMAC-SHA256 (hex) of a text under the subject's key: reveals only which texts of one subject are equal."""
    return hmac.new(ring.key_for(subject).secret, b"fingerprint|" + text.encode(), hashlib.sha256).hexdigest()


@cache
def text_fields(cls: type[msgspec.Struct]) -> frozenset[str]:
    """Names of the fields of that class that are, or contain, texts to seal."""
    hint = msgspec.inspect.type_info(cls)
    fields = hint.fields if isinstance(hint, msgspec.inspect.StructType) else ()
    return frozenset(field.name for field in fields if rewriter_of(field.type, _is_text) is not None)


def _close(text: str, key: Key) -> Sealed:
    nonce = os.urandom(NONCE_BYTES)
    box = nonce + AESGCM(key.secret).encrypt(nonce, text.encode(), _bound_to(key))
    return Sealed(key.id, b64encode(box).decode())


def _bound_to(key: Key) -> bytes:
    return f"{key.id}|{key.subject}".encode()


def _is_text(hint: msgspec.inspect.Type) -> bool:
    return isinstance(hint, msgspec.inspect.Metadata) and bool((hint.extra or {}).get("sealed"))


@cache
def _texts(cls: type) -> Rewrite | None:
    return rewriter(cls, _is_text)
