"""Confirming and withdrawing a mapping: a client or device of the desk is that one of a vendor's instance."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from desk.contract.bounds import Code, Id
from desk.contract.event import Draft
from desk.contract.streams.client import Client, Device
from desk.contract.streams.clients import ClientMapped, ClientUnmapped, DeviceMapped
from desk.decision.command_body import Body
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal

KINDS = ("rmm", "monitoring", "documentation")
"""Kinds of vendors whose ids are mapped."""


class VendorId(Body):
    """The vendor's id of a client, such as its organisation at an RMM, or with `device` of one of its devices."""

    instance: Code = Field(description="Instance of DESK_INTEGRATIONS, for example ninja-main")
    external: Id = Field(description="The vendor's id of the client or device")
    device: Code | None = Field(None, description="Device of the client; without it the client itself is mapped")


class ConfirmMapping(VendorId):
    """The mapping to confirm."""


class WithdrawMapping(VendorId):
    """The mapping to withdraw, with the id that it has now."""


def confirm_mapping(
    body: ConfirmMapping, client: Client, mapped_to: Sequence[tuple[str, str]], context: DecisionContext
) -> list[Draft]:
    """The mapping as a fact; nothing where it is in force already. Evidence is collected by it from now on.

    `mapped_to` holds the pairs of client and device that the vendor's id is mapped to.
    """
    _ensure_exists(body, client, _configured(context), context)
    _ensure_free(body, mapped_to, context)
    return _client(body, client, context) if body.device is None else _device(body, body.device, client)


def withdraw_mapping(
    body: WithdrawMapping, client: Client, mapped_to: Sequence[tuple[str, str]], context: DecisionContext
) -> list[Draft]:
    """The withdrawal as a fact; nothing where the id is not mapped any more. The vendor is not asked by it from now on.

    A client's mapping can be withdrawn after its instance was removed from the document; a device's cannot, because its
    ids include that of the PSA.
    """
    instances = [*_configured(context), *(client.mappings if body.device is None else ())]
    _ensure_exists(body, client, instances, context)
    _ensure_free(body, mapped_to, context)
    if body.device is not None:
        return _device_without(body, body.device, client)
    if client.mappings.get(body.instance) != body.external:
        return []
    withdrawn = ClientUnmapped(vendor=body.instance, external=body.external, by=context.actor.id, at=context.now)
    return [Draft(data=withdrawn)]


def _configured(context: DecisionContext) -> list[str]:
    return [one for kind in KINDS for one in context.sources.configured(kind, context.subject)]


def _ensure_exists(body: VendorId, client: Client, instances: Sequence[str], context: DecisionContext) -> None:
    """Refuse a client or an instance that is not there."""
    if not client.revision:
        raise Refusal("invalid_field", f"client: {context.subject!r} is no client here.", remedy="Check the client id.")
    if body.instance not in instances:
        names = ", ".join(dict.fromkeys(instances)) or "none: DESK_INTEGRATIONS names no instance for this client"
        detail = f"instance: {body.instance!r} does not serve this client."
        raise Refusal("invalid_field", detail, remedy=f"Use one of {names}.")


def _ensure_free(body: VendorId, mapped_to: Sequence[tuple[str, str]], context: DecisionContext) -> None:
    """Refuse an id that belongs to another client, or to another device."""
    own = (context.subject, body.device or "")
    for mapped in mapped_to:
        if tuple(mapped) != own:
            raise Refusal("mapping_taken", by=mapped[1] or mapped[0])


def _client(body: ConfirmMapping, client: Client, context: DecisionContext) -> list[Draft]:
    if client.mappings.get(body.instance) == body.external:
        return []
    return [Draft(data=ClientMapped(vendor=body.instance, external=body.external, by=context.actor.id))]


def _device(body: ConfirmMapping, device: str, client: Client) -> list[Draft]:
    held = _held(device, client)
    if held.ids.get(body.instance) == body.external:
        return []
    return _with_ids(device, held, {**held.ids, body.instance: body.external})


def _device_without(body: WithdrawMapping, device: str, client: Client) -> list[Draft]:
    held = _held(device, client)
    if held.ids.get(body.instance) != body.external:
        return []
    return _with_ids(device, held, {name: ours for name, ours in held.ids.items() if name != body.instance})


def _held(device: str, client: Client) -> Device:
    held = client.devices.get(device)
    if held is None:
        raise Refusal("device_other_client", f"device: {device!r} is no device of this client.")
    return held


def _with_ids(device: str, held: Device, ids: dict[str, str]) -> list[Draft]:
    mapped = DeviceMapped(device=device, revision=held.revision + 1, ids=ids, asset_class=held.asset_class)
    return [Draft(data=mapped)]
