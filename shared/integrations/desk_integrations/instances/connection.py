"""The parts that every adapter is connected from: options, secrets, call limits, guard, transport within the budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from desk_connectors.http import Limits
from desk_connectors.http.webhook_secret import is_authentic
from desk_integrations.guard import Guard
from desk_integrations.http.budget import SharedBudget
from desk_integrations.http.network import network_transport
from desk_integrations.http.transport import BudgetedTransport
from desk_integrations.instances.credentials import CredentialsMissing, SecretReference
from desk_integrations.instances.document import Document, Instance, field_error
from desk_integrations.runtime import IntegrationRuntime

D = TypeVar("D", bound=Document)
S = TypeVar("S")
UNLIMITED = 1e9
"""The shared budget alone limits calls: the connector's own bucket, which is per process, is never empty."""
LONGEST_CALL, LONGEST_WAIT = 8.0, 5.0


@dataclass(frozen=True, slots=True)
class WebhookKey:
    """The name under which the vendor sends a secret with its webhooks, and the secrets that are accepted."""

    name: str
    secrets: tuple[SecretReference, ...]

    def opens(self, given: Mapping[str, str]) -> bool:
        """Whether the value under the name, in any case, is one of the secrets. Compares in constant time.

        A secret that cannot be read, because the other is being rotated in, refuses nothing by itself.
        """
        return is_authentic(given, self.name, self.values())

    def values(self) -> Sequence[str]:
        """The secrets that can be read, for vendors that sign with them instead of sending them."""
        found = []
        for secret in self.secrets:
            try:
                found.append(secret.value())
            except CredentialsMissing:
                continue
        return found


def options_of(instance: Instance, kind: type[D]) -> D:
    """The vendor's own settings. InstancesError names the field."""
    try:
        return kind.model_validate(instance.settings)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = ".".join(map(str, ("settings", *first["loc"])))
        raise field_error(instance, place, str(first["msg"])) from None


def settings_of(instance: Instance, make: Callable[[], S]) -> S:
    """The connector's settings. A ValueError `field: problem` of theirs becomes the InstancesError of that field."""
    try:
        return make()
    except ValueError as error:
        field, _, problem = str(error).partition(": ")
        raise field_error(instance, f"settings.{field}", problem) from None


def limits_of(instance: Instance) -> Limits:
    return Limits(
        per_minute=UNLIMITED,
        burst=int(UNLIMITED),
        deadline=min(LONGEST_CALL, instance.deadline),
        longest_wait=min(LONGEST_WAIT, instance.deadline / 2),
    )


def transport_of(instance: Instance, address: str, runtime: IntegrationRuntime) -> BudgetedTransport:
    """The transport to the vendor, which spends the service's share of the instance's budget."""
    try:
        limit = instance.budget_of(runtime.service)
    except ValueError as error:
        raise field_error(instance, *str(error).split(": ", 1)) from None
    budget = SharedBudget(runtime.budgets, instance.id, limit, runtime.clock)
    inner = runtime.transport or network_transport(address)
    return BudgetedTransport(instance.vendor, budget, inner, longest_wait=limits_of(instance).longest_wait)


def secrets_of(instance: Instance, names: Sequence[str], runtime: IntegrationRuntime) -> tuple[SecretReference, ...]:
    """The credentials of these names, in their order."""
    return tuple(
        SecretReference(f"{instance.id}: credentials.{name}", instance.credentials[name], runtime.env) for name in names
    )


def guard_of(instance: Instance, secrets: Sequence[SecretReference], runtime: IntegrationRuntime) -> Guard:
    return Guard(
        instance.id,
        instance.deadline,
        lambda: tuple(secret.value() for secret in secrets),
        runtime.credential_state,
        runtime.alert,
    )


def webhook_key_of(instance: Instance, runtime: IntegrationRuntime) -> WebhookKey | None:
    """The key of the instance's webhooks; None where none is configured, and then no webhook is believed."""
    if instance.webhook is None:
        return None
    field = f"{instance.id}: webhook.secrets"
    secrets = tuple(SecretReference(field, reference, runtime.env) for reference in instance.webhook.secrets)
    return WebhookKey(instance.webhook.header, secrets)
