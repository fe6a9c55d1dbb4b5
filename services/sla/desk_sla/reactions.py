"""Reactions of sla to facts of peers and its own: judge the ticket's clocks.

Sla does not react to observations of the PSA: triage rules on them first.
"""

from __future__ import annotations

from desk.contract.event import Payload
from desk.contract.ticket.docs import facts as docs
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.intake.assets import AssetLinked, AssetUnlinked
from desk.contract.ticket.intake.caller import CallerHoldCleared, CallerReplaced, CallerRevoked
from desk.contract.ticket.intake.conversation import ClientReplied, ReplySent, ReplyUndelivered
from desk.contract.ticket.intake.psa_record import PsaBack, PsaGone
from desk.contract.ticket.sla import facts as s
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.contract.ticket.triage import fix as fx
from desk.decision.context import Reaction
from desk.decision.registrar import table
from desk_sla.clocks.state import CLOCKED
from desk_sla.decisions.on_fact import judge_clocks

MATTERS: tuple[type[Payload], ...] = (
    i.TicketOpened,
    i.TicketAdopted,
    i.KindChanged,
    i.MergedInto,
    i.Unmerged,
    CallerRevoked,
    CallerHoldCleared,
    CallerReplaced,
    i.ClientTierCaptured,
    i.ClientCorrected,
    AssetLinked,
    AssetUnlinked,
    ClientReplied,
    ReplySent,
    ReplyUndelivered,
    PsaGone,
    PsaBack,
    d.PriorityAssessed,
    d.PriorityOverridden,
    d.Queued,
    d.WorkStarted,
    d.WaitingStarted,
    d.WaitingEnded,
    fx.FixStarted,
    en.Resolved,
    en.Cancelled,
    en.Reopened,
    docs.Closed,
    s.TargetExtended,
)
REACTIONS: dict[type[Payload], tuple[Reaction, ...]] = table(*(CLOCKED.react(fact, judge_clocks) for fact in MATTERS))
