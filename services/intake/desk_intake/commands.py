"""Intake's commands: name, body, roles, decision. What is not in this table is not offered."""

from __future__ import annotations

from desk.decision.command import Command, command
from desk_intake.decisions import asset, caller, conversation, opening

COMMANDS: tuple[Command, ...] = (
    command(
        "open-ticket",
        opening.OpenTicket,
        "1 2 DI SV",
        opening.open_ticket,
        "Step 5: a ticket at the time of contact",
        "always",
        opens=True,
        also=opening.who_is_concerned,
        lookups=("open_tickets", "destination"),
    ),
    command("restate-problem", opening.RestateProblem, "1 2 DI", opening.restate_problem, "A better statement"),
    command("change-kind", opening.ChangeKind, "DI CO", opening.change_kind, "Other gates apply"),
    command("adopt-ticket", opening.Adopt, "CO AD", opening.adopt_ticket, "An imported ticket goes live"),
    command(
        "verify-caller",
        caller.VerifyCaller,
        "1 2 DI",
        caller.verify_caller,
        "Step 1",
        also=caller.contact_and_client,
    ),
    command("reject-caller", caller.RejectCaller, "1 2 DI", caller.reject_caller, "Step 1: the claim does not hold"),
    command(
        "replace-caller",
        caller.ReplaceCaller,
        "1 2",
        caller.replace_caller,
        "Another requester",
        also=caller.new_contact,
    ),
    command("clear-caller-hold", caller.ClearHold, "CO", caller.clear_hold, "The coordinator lifts the hold"),
    command("link-asset", asset.LinkAsset, "1 2", asset.link_asset, "Step 2", also=asset.of_client),
    command("unlink-asset", asset.UnlinkAsset, "1 2", asset.unlink_asset, "The link was wrong"),
    command("waive-asset", asset.WaiveAsset, "1 2", asset.waive_asset, "Step 2: no device, for a listed reason"),
    command("reply", conversation.Reply, "1 2 DI CO", conversation.reply, "A public answer", held=False),
    command("note", conversation.Note, "1 2 DI CO", conversation.note, "A note", "always"),
)
