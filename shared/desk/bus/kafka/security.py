"""Converts KafkaAccess to FastStream's security classes; its broker does not accept aiokafka's arguments."""

from __future__ import annotations

from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from desk.bus.kafka.access import KafkaAccess, Mechanism

KINDS: dict[Mechanism, type[SASLPlaintext | SASLScram256 | SASLScram512]] = {
    "PLAIN": SASLPlaintext,
    "SCRAM-SHA-256": SASLScram256,
    "SCRAM-SHA-512": SASLScram512,
}


def security_of(access: KafkaAccess) -> BaseSecurity:
    """FastStream's form of the protocol, mechanism, credentials and certificates of `KafkaAccess.client`."""
    context = access.context() if access.tls else None
    if not access.sasl:
        return BaseSecurity(ssl_context=context)
    kind = KINDS[access.mechanism]
    return kind(access.user or "", access.password or "", ssl_context=context)
