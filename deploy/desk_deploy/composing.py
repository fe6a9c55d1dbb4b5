"""Puts a service together with what it runs in: its bus, its peers, its keys."""

from __future__ import annotations

from desk.clock import SystemClock
from desk.hosting import Hosted, host
from desk.http.issuer import verifier_of
from desk.log.bus.port import Bus, PeerFacts
from desk.log.catalogued import catalogued
from desk.log.keyring import PostgresKeyRing
from desk.log.language import Language
from desk.log.waking import Waker
from desk.service import Surroundings
from desk.settings import Settings
from desk_deploy.services import SERVICES


def composed(
    name: str,
    settings: Settings,
    ring: PostgresKeyRing,
    waker: Waker,
    peers: PeerFacts | None,
    language: Language | None = None,
) -> Hosted:
    """The service, ready to be started by its application's lifespan. `language` is one for all of a process."""
    around = Surroundings(
        url=settings.database_url.get_secret_value(),
        bus=bus_of(settings, waker),
        language=language or catalogued(ring),
        waker=waker,
        peers=peers,
        clock=SystemClock(),
    )
    return host(SERVICES[name](), settings, around, ring, verifier_of(settings))


def bus_of(settings: Settings, waker: Waker) -> Bus:
    """A bus of one service: Kafka's client libraries are loaded only where they are used."""
    if settings.bus == "kafka" and settings.kafka:
        from desk.log.bus.kafka import KafkaBus
        from desk.log.bus.kafka_settings import KafkaSettings

        return KafkaBus(KafkaSettings(settings.kafka, access=settings.kafka_access(), stall_after=settings.stall_after))
    from desk.log.bus.local import LocalBus

    return LocalBus(waker, stall_after=settings.stall_after)


def ring_of(settings: Settings) -> PostgresKeyRing:
    """The key ring of DESK_KEYRING_URL, else the one in the service's own database."""
    url = settings.keyring_url or settings.database_url
    return PostgresKeyRing(url.get_secret_value())
