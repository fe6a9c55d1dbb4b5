"""Judges whether records are their owners' words: by the owner's signature, or by a later fact that it signed.

`prevhash` chains the facts of an owner on an aggregate, so one good signature vouches for every fact before it: of a
batch only the last fact of each owner and aggregate is verified. Facts recorded before signing began are vouched for in
the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from desk.contract.event import Event, Stream
from desk.decision.event_model import EventModel
from desk.eventstore.aggregate_replica import digest
from desk.inbox.ports import RawRecord
from desk.inbox.record_validation import TOPICS, Cause, Incoming, incoming
from desk.signing.signature import KEY_ID, signature_in
from desk.signing.signatures import Signatures

DETAILS: Mapping[Cause, str] = {
    "unsigned": "{owner} has not signed it: written by somebody else, or recorded before facts were signed;"
    " the owner is asked for it",
    "unknown-key": "signed with key {key}, which is no public key of {owner} here: add its file to DESK_SIGNING_KEYS",
    "wrong-signature": "the signature is not {owner}'s over these bytes: forged, or changed on the way",
}
DOUBTED = frozenset(DETAILS)
"""Causes of records that may be forged; their owner is asked for its own facts."""


def judged(
    records: Iterable[RawRecord],
    language: EventModel,
    signatures: Signatures | None,
    topics: Mapping[str, Stream] = TOPICS,
) -> list[Incoming]:
    """Read records. A fact that its owner does not vouch for keeps its event and gets a cause of `DOUBTED`. Without
    `signatures` every well-formed fact passes."""
    found = [incoming(record, language, topics) for record in records]
    return found if signatures is None else vouched(found, signatures)


def vouched(found: Sequence[Incoming], signatures: Signatures) -> list[Incoming]:
    """The same records, in the same order, doubted where neither a signature nor a later fact vouches for them."""
    attested: set[tuple[str, str, str]] = set()
    result: list[Incoming] = []
    for one in reversed(found):
        event = one.event
        if event is None:
            result.append(one)
            continue
        hashed = digest(one.raw)
        if (one.aggregate, event.owner, hashed) not in attested:
            one = _judged(one, event, hashed, signatures)
        if one.cause is None:
            attested.update((one.aggregate, event.owner, link) for link in (hashed, event.prevhash))
        result.append(one)
    return result[::-1]


def _judged(one: Incoming, event: Event, hashed: str, signatures: Signatures) -> Incoming:
    signature = signature_in(one.record.headers)
    verdict = signatures.judge(event.owner, one.raw, hashed, signature)
    if verdict == "good":
        return one
    detail = DETAILS[verdict].format(owner=event.owner, key=(signature or b"")[:KEY_ID].hex())
    return one._replace(cause=verdict, detail=detail)
