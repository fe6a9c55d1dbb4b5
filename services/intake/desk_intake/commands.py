"""Intake's commands: name, body, roles, decision. Only commands of this table are offered."""

from __future__ import annotations

from desk.decision.command import Command, command
from desk_intake.decisions import asset, caller, conversation, merging, opening, splitting

COMMANDS: tuple[Command, ...] = (
    command(
        "open-ticket",
        opening.OpenTicket,
        "1 2 DI SV",
        opening.open_ticket,
        "Open a ticket at the time of contact",
        "always",
        opens=True,
        reads=opening.OPENING,
    ),
    command("restate-problem", opening.RestateProblem, "1 2 DI", opening.restate_problem, "Restate the problem"),
    command("change-kind", opening.ChangeKind, "DI CO", opening.change_kind, "Change the kind of a ticket"),
    command(
        "split",
        splitting.SplitTicket,
        "DI CO",
        splitting.split_ticket,
        "Split a part of the ticket off",
        held=False,
        reads=splitting.SPLITTING,
    ),
    command(
        "merge",
        merging.MergeTicket,
        "DI CO",
        merging.merge_ticket,
        "Merge the ticket into another",
        merged=True,
        reads=merging.MERGING,
    ),
    command("unmerge", merging.UnmergeTicket, "DI CO", merging.unmerge_ticket, "Undo the merge", merged=True),
    command("adopt-ticket", opening.Adopt, "CO AD", opening.adopt_ticket, "Adopt an imported ticket"),
    command(
        "verify-caller",
        caller.VerifyCaller,
        "1 2 DI",
        caller.verify_caller,
        "Verify the caller",
        reads=caller.VERIFYING,
    ),
    command("reject-caller", caller.RejectCaller, "1 2 DI", caller.reject_caller, "Reject the caller's claim"),
    command(
        "replace-caller",
        caller.ReplaceCaller,
        "1 2",
        caller.replace_caller,
        "Replace the requester",
        reads=caller.REPLACING,
    ),
    command("clear-caller-hold", caller.ClearHold, "CO", caller.clear_hold, "Clear the caller hold", "always"),
    command("link-asset", asset.LinkAsset, "1 2", asset.link_asset, "Link a device", reads=asset.LINKING),
    command("unlink-asset", asset.UnlinkAsset, "1 2", asset.unlink_asset, "Unlink the device"),
    command("waive-asset", asset.WaiveAsset, "1 2", asset.waive_asset, "Waive the device"),
    command(
        "reply", conversation.Reply, "1 2 DI CO", conversation.reply, "Reply to the requester", "always", held=False
    ),
    command("note", conversation.Note, "1 2 DI CO", conversation.note, "Add a note", "always"),
)
