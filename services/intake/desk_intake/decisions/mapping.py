"""Confirming a mapping: a client or device of the desk is that one of a vendor's instance."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from desk.contract.bounds import Code, Id
from desk.contract.event import Draft
from desk.contract.streams.client import Client
from desk.contract.streams.clients import ClientMapped, DeviceMapped
from desk.decision.command_body import Body
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal

KINDS = ("rmm",)
"""Kinds of vendors whose ids are mapped."""


class ConfirmMapping(Body):
    """One mapping. Without `device` it is the client's own, such as its organisation at an RMM."""

    instance: Code = Field(description="Instance of DESK_INTEGRATIONS, for example ninja-main")
    external: Id = Field(description="The vendor's id of the client or device")
    device: Code | None = Field(None, description="Device of the client; without it the client itself is mapped")


def confirm_mapping(
    body: ConfirmMapping, client: Client, mapped_to: Sequence[tuple[str, str]], context: DecisionContext
) -> list[Draft]:
    """The mapping as a fact; nothing where it is in force already. Evidence is collected by it from now on.

    `mapped_to` holds the pairs of client and device that the vendor's id is mapped to.
    """
    if not client.revision:
        raise Refusal("invalid_field", f"client: {context.subject!r} is no client here.", remedy="Check the client id.")
    configured = [one for kind in KINDS for one in context.sources.configured(kind, context.subject)]
    if body.instance not in configured:
        remedy = f"Use one of {', '.join(configured) or 'none: DESK_INTEGRATIONS names no instance for this client'}."
        raise Refusal("invalid_field", f"instance: {body.instance!r} does not serve this client.", remedy=remedy)
    _ensure_free(body, mapped_to, context)
    return _client(body, client, context) if body.device is None else _device(body, body.device, client)


def _ensure_free(body: ConfirmMapping, mapped_to: Sequence[tuple[str, str]], context: DecisionContext) -> None:
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
    held = client.devices.get(device)
    if held is None:
        raise Refusal("device_other_client", f"device: {device!r} is no device of this client.")
    if held.ids.get(body.instance) == body.external:
        return []
    ids = {**held.ids, body.instance: body.external}
    mapped = DeviceMapped(device=device, revision=held.revision + 1, ids=ids, asset_class=held.asset_class)
    return [Draft(data=mapped)]
