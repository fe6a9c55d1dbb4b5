"""Authentication and encryption of connections to a Kafka cluster."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
Complaint = tuple[str, str]
T = TypeVar("T")


@dataclass(frozen=True)
class KafkaAccess:
    """Protocol and mechanism, as Kafka names them. `ca`: PEM file of the authorities that sign the brokers'
    certificates; None: those of the system. `certificate` and `key` (PEM; one file when `key` is None) are our own, for
    mutual TLS.

    With TLS the broker's certificate must name the host that was connected to.
    """

    protocol: Protocol = "PLAINTEXT"
    mechanism: Mechanism = "SCRAM-SHA-512"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    @property
    def sasl(self) -> bool:
        """Whether user and password are required."""
        return self.protocol.startswith("SASL")

    @property
    def tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.protocol.endswith("SSL")

    def client(self) -> dict[str, Any]:  # Any: keyword arguments of aiokafka
        """Arguments of every aiokafka client. OSError or ssl.SSLError when a file is missing or invalid."""
        found: dict[str, object] = {"security_protocol": self.protocol}
        if self.tls:
            found["ssl_context"] = self.context()
        if self.sasl:
            found["sasl_mechanism"] = self.mechanism
            found["sasl_plain_username"], found["sasl_plain_password"] = self.user, self.password
        return found

    def context(self) -> ssl.SSLContext:
        """A TLS context that verifies the broker's certificate and host name, and presents ours if there is one."""
        context = ssl.create_default_context(cafile=self.ca)
        if self.certificate is not None:
            # without a terminal nobody could enter a passphrase
            context.load_cert_chain(self.certificate, self.key, password=_no_passphrase)
        return context

    def complaints(self) -> list[Complaint]:
        """(field, problem and remedy) of every setting that cannot work or would disclose a secret."""
        return [*self._missing(), *self._idle(), *self._files()]

    def _missing(self) -> list[Complaint]:
        found = []
        if self.sasl:
            required = {"user": self.user, "password": self.password}
            found = [(name, f"needed with {self.protocol}") for name, value in required.items() if not value]
        if self.protocol == "SASL_PLAINTEXT" and self.mechanism == "PLAIN":
            found.append(("mechanism", "PLAIN without TLS sends the password in the clear: use SASL_SSL or SCRAM"))
        if self.key is not None and self.certificate is None:
            found.append(("certificate", "needed with a key; give the PEM file of the certificate"))
        return found

    def _idle(self) -> list[Complaint]:
        secret = {} if self.sasl else {"user": self.user, "password": self.password}
        files = {} if self.tls else self._paths()
        unused = f"not used with {self.protocol}: leave it out, or choose"
        return [
            *((name, f"{unused} SASL_SSL") for name in _given(secret)),
            *((name, f"{unused} SSL or SASL_SSL") for name in _given(files)),
        ]

    def _files(self) -> list[Complaint]:
        if not self.tls:
            return []
        given = _given(self._paths())
        absent = [name for name in given if not given[name].is_file()]
        if absent:
            return [(name, "no such file: give the path of a PEM file") for name in absent]
        try:
            self.context()
        except (OSError, ValueError):
            return [(name, "it cannot be used: give PEM files that belong together") for name in given]
        return []

    def _paths(self) -> dict[str, Path | None]:
        return {"ca": self.ca, "certificate": self.certificate, "key": self.key}


def _given(values: Mapping[str, T | None]) -> dict[str, T]:
    return {name: value for name, value in values.items() if value is not None}


def _no_passphrase() -> str:
    raise ValueError("the key needs a passphrase: give one without")
