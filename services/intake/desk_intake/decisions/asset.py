"""Step 2: link the affected device, or waive it for a listed reason. Pure."""

from __future__ import annotations

from pydantic import Field

from desk.contract.bounds import Code
from desk.contract.event import Draft
from desk.contract.streams.client import Client
from desk.contract.ticket.intake.assets import AssetLinked, AssetLinkWaived, AssetUnlinked
from desk.contract.ticket.ticket import Ticket
from desk.decision import reads
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.reads import Reads
from desk.decision.refusal import Refusal
from desk.decision.repeats import content_hash, same


class LinkAsset(TicketBody):
    device: Code
    upn: str | None = Field(None, max_length=255)


class UnlinkAsset(TicketBody):
    reason: str = Field("", max_length=2000)


class WaiveAsset(TicketBody):
    reason: Code


LINKING: Reads[LinkAsset, Client] = Reads(
    gather=lambda _body, found: found.state(reads.client(found.client)),
    aggregates=lambda _body, client: (reads.client(client),),
)
"""The ticket's client: only its devices may be linked."""


def link_asset(body: LinkAsset, ticket: Ticket, client: Client, context: DecisionContext) -> list[Draft]:
    """Link a device of the ticket's client, taken from the PSA's configurations; never another client's."""
    device = client.devices.get(body.device)
    if device is None:
        raise Refusal("device_other_client", f"device: {body.device!r} is no device of this client.")
    linked = ticket.intake.asset
    said = content_hash(body, context)
    if linked is not None and linked.device == body.device and (body.upn is None or linked.text_hash == said):
        return []
    data = AssetLinked(
        link=str(context.id),
        device=body.device,
        rmm=device.ids.get("rmm"),
        asset_class=device.asset_class,
        upn=body.upn,
        text_hash=said,
    )
    return [Draft(data=data)]


def unlink_asset(body: UnlinkAsset, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Undo a wrong link; evidence about that device no longer counts."""
    if ticket.intake.asset is None:
        return []
    if not body.reason:
        raise Refusal("reason_missing")
    return [Draft(data=AssetUnlinked(link=ticket.intake.asset.link, reason=body.reason))]


def waive_asset(body: WaiveAsset, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record that no device is linked, for a reason listed in policy `waiver-reasons`."""
    reasons = context.policies.waiver_reasons.asset
    if body.reason not in reasons:
        raise Refusal("reason_not_listed", f"reason: choose one of {', '.join(reasons)}.")
    asset, waived = ticket.intake.asset, ticket.intake.asset_waived
    if asset is not None or waived is not None:
        return same(waived == body.reason, device=asset.device if asset else None, waived=waived)
    return [Draft(data=AssetLinkWaived(reason=body.reason))]
