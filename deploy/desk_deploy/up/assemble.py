"""Composes a service with its bus, its peers and its key ring."""

from __future__ import annotations

from desk.bus.port import Bus
from desk.clock import SystemClock
from desk.decision.event_model import EventModel
from desk.eventstore.catalogue_event_model import catalogued
from desk.eventstore.unit_of_work.commit_notifier import CommitNotifier
from desk.http.auth.issuer import verifier_of
from desk.inbox.ports import PeerFacts
from desk.keyring.postgres import PostgresKeyRing
from desk.service.composition import ServiceApp, build_service
from desk.service.service import RuntimeContext
from desk.settings import Settings, SettingsError
from desk.signing.keys import signatures_of
from desk.signing.signatures import Signatures, Verified
from desk_deploy.services import SERVICES


def compose_service(
    name: str,
    settings: Settings,
    ring: PostgresKeyRing,
    notifier: CommitNotifier,
    peers: PeerFacts | None,
    language: EventModel | None = None,
    verified: Verified | None = None,
) -> ServiceApp:
    """Compose the service; its application's lifespan starts it. `language` and `verified` are shared within a
    process. KeyProblem or SettingsError when there are no keys for signatures."""
    context = RuntimeContext(
        url=settings.database_url.get_secret_value(),
        bus=bus_of(settings, notifier),
        language=language or catalogued(ring),
        notifier=notifier,
        peers=peers,
        clock=SystemClock(),
        signatures=signatures_for(name, settings, verified),
    )
    return build_service(SERVICES[name](), settings, context, ring, verifier_of(settings))


def signatures_for(name: str, settings: Settings, verified: Verified | None) -> Signatures | None:
    """The signatures of a service by DESK_SIGNING_*. Required on Kafka; without them the local bus does not sign."""
    if settings.signing_key is not None and settings.signing_keys is not None:
        return signatures_of(name, settings.signing_key, settings.signing_keys, verified)
    if settings.bus == "kafka":
        raise SettingsError(
            "DESK_SIGNING_KEY: not set, and needed with DESK_BUS=kafka: give the file of this service's private key,"
            " and in DESK_SIGNING_KEYS the folder of the public keys of all five (handbook/signatures.md)"
        )
    return None


def bus_of(settings: Settings, notifier: CommitNotifier) -> Bus:
    """The bus of one service. Kafka's client libraries are imported only when used."""
    if settings.bus == "kafka" and settings.kafka:
        from desk.bus.kafka.bus import KafkaBus
        from desk.bus.kafka.settings import KafkaSettings

        return KafkaBus(KafkaSettings(settings.kafka, access=settings.kafka_access(), stall_after=settings.stall_after))
    from desk.bus.local.bus import LocalBus

    return LocalBus(notifier, stall_after=settings.stall_after)


def ring_of(settings: Settings) -> PostgresKeyRing:
    """The key ring at DESK_KEYRING_URL, else in the service's own database."""
    url = settings.keyring_url or settings.database_url
    return PostgresKeyRing(url.get_secret_value())
