"""The instances document: every vendor instance of the MSP except its PSA, in YAML, written by people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from desk.settings import SettingsError
from desk_integrations.http.budget import BudgetLimit
from desk_integrations.instances.credentials import REMEDY, SecretReference

VARIABLE = "DESK_INTEGRATIONS"
OWNERS: Mapping[str, tuple[str, ...]] = {
    "rmm": ("intake", "triage"),
    "status": ("triage",),
    "monitoring": ("intake", "triage"),
    "documentation": ("docs",),
    "paging": ("triage",),
}
"""The services that call each kind of vendor. They share its budget equally unless the document says otherwise."""
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


class InstancesError(SettingsError):
    """The document cannot be used; the text names file and field, and never a value."""


def _reference(text: str) -> str:
    try:
        SecretReference("reference", text)
    except ValueError:
        raise ValueError(REMEDY) from None
    return text


Reference = Annotated[str, AfterValidator(_reference)]


class Document(BaseModel):
    """Unknown keys are refused by name; values never appear in errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class MappingHint(Document):
    """A proposal for the identity map: a person confirms it before anything is looked up by it."""

    client: str
    external: str


class Webhook(Document):
    """The header that authenticates the vendor's webhooks. Two secrets are accepted while they are rotated."""

    header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
    secrets: Annotated[list[Reference], Field(min_length=1, max_length=4)]


class Instance(Document):
    """One instance of a vendor.

    `credentials` maps the vendor's names to `env:NAME` or `file:PATH`. `scope` is `msp`, or `client` with the id of the
    one client that the instance serves. `calls_per_minute` and `burst` are what the vendor may be called in all;
    `budget_share` divides them between services (fractions, at most 1 in all). An answer older than `stale_after` is
    asked for again; `deadline` bounds every port method. Intervals are seconds. `settings` are the vendor's own.
    """

    id: Name
    kind: Literal["rmm", "status", "monitoring", "documentation", "paging"]
    vendor: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    credentials: dict[str, Reference] = {}
    scope: Literal["msp", "client"] = "msp"
    client: str | None = None
    calls_per_minute: float = Field(default=60.0, gt=0, le=100_000)
    burst: int = Field(default=10, ge=1, le=10_000)
    budget_share: dict[str, Annotated[float, Field(gt=0, le=1)]] = {}
    stale_after: Seconds = 900.0
    deadline: Seconds = 10.0
    mapping_hints: list[MappingHint] = []
    webhook: Webhook | None = None
    settings: dict[str, Any] = {}

    @model_validator(mode="after")
    def _consistent(self) -> Instance:
        if (self.scope == "client") != (self.client is not None):
            raise ValueError("client: give the client's id with scope client, and none with scope msp")
        owners = OWNERS[self.kind]
        if strangers := sorted(set(self.budget_share) - set(owners)):
            raise ValueError(f"budget_share: {', '.join(strangers)} calls no {self.kind}; give {', '.join(owners)}")
        if sum(self.budget_share.values()) > 1.0 + 1e-9:
            raise ValueError("budget_share: the fractions add up to more than 1")
        return self

    def budget_of(self, service: str) -> BudgetLimit:
        """The part of the budget that the service's processes share. ValueError when the service has none."""
        owners = OWNERS[self.kind]
        share = self.budget_share.get(service) if self.budget_share else 1.0 / len(owners)
        if service not in owners or share is None:
            raise ValueError(f"budget_share: {service} has no share of {self.id}")
        return BudgetLimit(self.calls_per_minute * share, max(1, int(self.burst * share)))

    def called_by(self, service: str) -> bool:
        """Whether the service calls the instance."""
        return service in (self.budget_share or OWNERS[self.kind])

    def serves(self, client: str) -> bool:
        """Whether the instance is asked about this client."""
        return self.scope == "msp" or self.client == client


class Instances(Document):
    """All instances; ids are unique."""

    instances: list[Instance] = []

    @model_validator(mode="after")
    def _unique(self) -> Instances:
        ids = [instance.id for instance in self.instances]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"instances: {', '.join(twice)} appears twice; give each an id of its own")
        return self

    def of_service(self, service: str) -> Instances:
        """The instances that the service calls: those of the kinds that it owns, in whose budget it has a share."""
        return Instances(instances=[one for one in self.instances if one.called_by(service)])

    def configured(self, kind: str, client: str) -> tuple[str, ...]:
        """The ids of `of`: what decisions see as `context.sources`."""
        return tuple(instance.id for instance in self.of(kind, client))

    def of(self, kind: str, client: str) -> tuple[Instance, ...]:
        """The instances of a kind that serve the client, its own before the MSP's."""
        serving = (one for one in self.instances if one.kind == kind and one.serves(client))
        return tuple(sorted(serving, key=lambda one: one.scope == "msp"))


def parse(document: Any, source: str = "the document") -> Instances:
    """The instances of a decoded document. InstancesError names every field that is wrong."""
    try:
        return Instances.model_validate({} if document is None else document)
    except ValidationError as error:
        raise InstancesError(f"{VARIABLE}: {source}: {'; '.join(_lines(error.errors(include_input=False)))}") from None


def load(path: Path | None) -> Instances:
    """The instances of a YAML file; none without a file. InstancesError names the file and the field."""
    if path is None:
        return Instances()
    try:
        return parse(yaml.safe_load(path.read_text("utf-8")), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise InstancesError(f"{VARIABLE}: {path} cannot be read ({type(error).__name__})") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark is not None else ""
        raise InstancesError(f"{VARIABLE}: {path} is not YAML{line}") from None


def field_error(instance: Instance, field: str, problem: str) -> InstancesError:
    """The error for a field that only the vendor's adapter can judge."""
    return InstancesError(f"{VARIABLE}: instance {instance.id}: {field}: {problem}")


def _lines(errors: Iterable[Mapping[str, Any]]) -> list[str]:
    return [_line(error) for error in errors]


def _line(error: Mapping[str, Any]) -> str:
    place, problem = ".".join(map(str, error["loc"])), str(error["msg"]).removeprefix("Value error, ")
    return f"{place}: {problem}" if place else problem
