"""Settings of a process, from DESK_* variables. Errors name the variable and the remedy, never a secret."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from desk.bus.kafka.access import KafkaAccess, Mechanism, Protocol
from desk.decision.principal import Role

PREFIX = "DESK_"
Seconds = Annotated[float, Field(gt=0, le=3600)]


class SettingsError(ValueError):
    """The environment is invalid; the text has one line per variable."""


def _host_ports(text: str) -> str:
    for part in text.split(","):
        host, _, port = part.strip().rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError("give host:port, several separated by commas")
    return text


def _addresses(value: object) -> Any:
    """Parse `intake=http://intake:8700,triage=http://triage:8700` to a mapping."""
    if not isinstance(value, str):
        return value
    found = dict(part.strip().partition("=")[::2] for part in value.split(","))
    if not all(name and address.startswith(("http://", "https://")) for name, address in found.items()):
        raise ValueError("give service=address, several separated by commas, e.g. intake=http://intake:8700")
    return {name: address.rstrip("/") for name, address in found.items()}


def _role_names(value: object) -> object:
    """Parse `Desk Admins=admin,Helpdesk=tier1` to a mapping of names to roles."""
    if not isinstance(value, str):
        return value
    roles = {role.value: role for role in Role if role is not Role.SERVICE}
    found = [part.strip().rpartition("=") for part in value.split(",")]
    if not all(name.strip() and role.strip() in roles for name, _, role in found):
        raise ValueError(f"give NAME=role, several separated by commas; roles are {', '.join(roles)}")
    return {name.strip(): roles[role.strip()] for name, _, role in found}


HostPorts = Annotated[str, AfterValidator(_host_ports)]
UPPER = BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value)


class Settings(BaseModel):
    """One field per variable: `database_url` is DESK_DATABASE_URL. All intervals are seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    database_url: SecretStr
    keyring_url: SecretStr | None = None
    bus: Literal["local", "kafka"] = "local"
    kafka: HostPorts | None = None
    kafka_protocol: Annotated[Protocol, UPPER] = "PLAINTEXT"
    kafka_mechanism: Annotated[Mechanism, UPPER] = "SCRAM-SHA-512"
    kafka_user: str | None = None
    kafka_password: SecretStr | None = None
    kafka_ca: Path | None = None
    kafka_certificate: Path | None = None
    kafka_key: Path | None = None
    peers: Annotated[dict[str, str] | None, BeforeValidator(_addresses)] = None
    host: str = "127.0.0.1"
    port: int = Field(default=8700, ge=0, le=65535)

    token_key: Path | None = None
    token_issuer: str = "urn:deskstream:development"  # noqa: S105
    token_audience: str = "deskstream"  # noqa: S105
    oidc_issuer: str | None = None
    oidc_jwks: str | None = None
    oidc_roles_claim: str = "roles"
    oidc_clients_claim: str = "clients"
    oidc_roles: Annotated[dict[str, Role] | None, BeforeValidator(_role_names)] = None
    cursor_key: SecretStr | None = None
    signing_key: Path | None = None
    signing_keys: Path | None = None

    psa: Path | None = None
    integrations: Path | None = None
    stall_after: Seconds = 60.0
    drain_timeout: Seconds = 20.0

    body_limit: int = Field(default=1_000_000, ge=1_000, le=100_000_000)
    depth_limit: int = Field(default=32, ge=4, le=200)
    request_timeout: Seconds = 30.0
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    otlp: str | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.bus == "kafka" and not self.kafka:
            raise ValueError("DESK_KAFKA: needed when DESK_BUS=kafka; give host:port of a broker")
        if (self.oidc_issuer is None) != (self.oidc_jwks is None):
            raise ValueError("DESK_OIDC_JWKS: DESK_OIDC_ISSUER and DESK_OIDC_JWKS come together or not at all")
        if self.oidc_issuer and self.oidc_roles_claim != "roles" and self.oidc_roles is None:
            raise ValueError(
                f"DESK_OIDC_ROLES: needed when roles come from the claim {self.oidc_roles_claim}: give NAME=role, e.g."
                " Desk Admins=admin, so that no group has a role by its name alone"
            )
        if (self.signing_key is None) != (self.signing_keys is None):
            raise ValueError("DESK_SIGNING_KEYS: DESK_SIGNING_KEY and DESK_SIGNING_KEYS come together or not at all")
        if self.bus == "kafka" and (wrong := self.kafka_access().complaints()):
            raise ValueError("\n".join(f"{variable(f'kafka_{name}')}: {text}" for name, text in wrong))
        return self

    def kafka_access(self) -> KafkaAccess:
        """The credentials of this process for the brokers."""
        password = None if self.kafka_password is None else self.kafka_password.get_secret_value()
        files = {"ca": self.kafka_ca, "certificate": self.kafka_certificate, "key": self.kafka_key}
        return KafkaAccess(self.kafka_protocol, self.kafka_mechanism, self.kafka_user, password, **files)

    @classmethod
    def from_env(cls, env: Mapping[str, str], **overrides: Any) -> Settings:
        """Settings from variables; `overrides` (field=value, None ignored) win, e.g. options of the command line.

        Empty variables count as not set. SettingsError when something is missing or wrong.
        """
        found = {name: env[variable(name)] for name in cls.model_fields if env.get(variable(name))}
        found |= {name: value for name, value in overrides.items() if value is not None}
        try:
            return cls.model_validate(found)
        except ValidationError as error:
            raise SettingsError("\n".join(_line(item) for item in error.errors(include_input=False))) from None


def variable(field: str) -> str:
    """The variable of a field: `bus` -> `DESK_BUS`."""
    return PREFIX + field.upper()


def misspelt(env: Mapping[str, str]) -> dict[str, str]:
    """Variables that are probably misspelt: their name -> the likely intended one."""
    names = [variable(name) for name in Settings.model_fields]
    unknown = (name for name in env if name.startswith(PREFIX) and name not in names)
    close = {name: difflib.get_close_matches(name, names, n=1, cutoff=0.85) for name in unknown}
    return {name: matches[0] for name, matches in close.items() if matches}


def _line(error: Any) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    if not error["loc"]:
        return message
    name = variable(str(error["loc"][0]))
    return f"{name}: not set, and needed" if error["type"] == "missing" else f"{name}: {message}"
