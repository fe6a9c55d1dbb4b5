"""Folds intake's facts into its slice of a ticket."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from desk.contract.event import Event, Payload
from desk.contract.folding import on, steps
from desk.contract.ticket.evidence import SourceAnswer
from desk.contract.ticket.intake import assets, caller, psa, psa_record
from desk.contract.ticket.intake import conversation as c
from desk.contract.ticket.intake import facts as f
from desk.contract.ticket.intake.slice import IntakeSlice, Observation, Reply


def _created(s: IntakeSlice, e: Event[f.TicketOpened]) -> IntakeSlice:
    d = e.data
    return replace(
        s,
        exists=True,
        opening_id=e.id,
        origin=e.origin,
        kind=d.kind,
        profile=d.profile,
        client=d.client,
        contact=d.contact,
        channel=d.channel,
        opened_at=d.opened_at,
        onset_at=d.onset_at,
        problem=d.problem,
        matrix=d.matrix,
        instance=d.instance if s.instance is None else s.instance,
        record=d.record if s.record is None else s.record,
        destination=d.destination,
        reported_hostname=d.reported_hostname,
        reported_upn=d.reported_upn,
    )


def _observed(s: IntakeSlice, e: Event[psa.PsaObserved]) -> IntakeSlice:
    d = e.data
    if d.source_seq <= s.observed:
        return s
    late = _late(s, e)
    s = replace(s, observed=d.source_seq) if late else _written_back(s, e)
    if "status" not in d.changed:
        return s
    if d.shown < s.status_written_seq:
        s = replace(s, overwritten={**s.overwritten, d.source_seq: d.shown})
    seen = Observation(e.id, d.source_seq, e.time, d.psa_actor, d.shown, d.status_id)
    unmapped = {**s.unmapped, d.source_seq: seen} if d.status_class == "unmapped" else s.unmapped
    status_seq = s.status_seq if e.origin == "import" else d.source_seq
    if late:
        return replace(s, status_seq=status_seq, unmapped=unmapped)
    return replace(
        s,
        status_seq=status_seq,
        status_class=s.status_class if d.status_class == "none" else d.status_class,
        status_was=s.status_class,
        status_id=d.status_id,
        unmapped=unmapped,
        during_hold=seen if s.caller_hold else None,
    )


def _late(s: IntakeSlice, e: Event[psa.PsaObserved]) -> bool:
    """Whether the observation is history of a live record: older than its present fields, which it does not change."""
    return e.data.via == "history" and e.origin != "import" and s.observed > 0


def _written_back(s: IntakeSlice, e: Event[psa.PsaObserved]) -> IntakeSlice:
    fields = {**s.psa_fields, **{field: change.after for field, change in e.data.changed.items()}}
    at = e.time if s.observed_at is None else max(s.observed_at, e.time)
    seqs = {**s.field_seq, **dict.fromkeys(e.data.changed, e.ownerseq)}
    return replace(s, observed=e.data.source_seq, observed_at=at, psa_fields=fields, field_seq=seqs)


def _mapped(s: IntakeSlice, e: Event[psa.PsaStatusMapped]) -> IntakeSlice:
    unmapped = {seq: o for seq, o in s.unmapped.items() if seq != e.data.source_seq}
    newest = e.data.source_seq >= max(s.status_seq, s.observed if s.imported else 0)
    status_class = e.data.status_class if newest else s.status_class
    return replace(
        s,
        unmapped=unmapped,
        remapped=s.unmapped.get(e.data.source_seq, s.remapped),
        status_class=status_class,
        mapped=s.mapped | {e.naturalkey},
    )


def _synced(s: IntakeSlice, e: Event[psa.PsaSynced]) -> IntakeSlice:
    d = e.data
    fields = {**s.psa_fields, **d.wrote}
    s = replace(s, written_back_seq=max(s.written_back_seq, d.shown), synced=s.synced + 1, psa_fields=fields)
    if s.undelivered.keys() & d.created.keys():
        s = replace(s, undelivered={m: reason for m, reason in s.undelivered.items() if m not in d.created})
    if "status" not in d.wrote:
        return s
    return replace(
        s,
        status_id=d.wrote["status"],
        during_hold=None,
        status_class=d.status_class or s.status_class,
        status_written_seq=max(s.status_written_seq, d.shown),
    )


def _said(s: IntakeSlice, e: Event[c.ReplySent]) -> IntakeSlice:
    d = e.data
    counts = d.author == "human" and d.audience == "public" and d.to_requester
    return replace(s, messages=(*s.messages, Reply(d.message, e.time, False, counts, summary=d.summary is not None)))


def _reply_received(s: IntakeSlice, e: Event[c.ClientReplied]) -> IntakeSlice:
    return replace(s, messages=(*s.messages, Reply(e.data.message, e.time, True, False, e.data.auto)))


def _noted(s: IntakeSlice, e: Event[c.NoteAdded]) -> IntakeSlice:
    internal = {e.data.note} if e.data.internal else frozenset[str]()
    return replace(s, notes=s.notes | {e.data.note}, internal_notes=s.internal_notes | internal)


def _unmerged(s: IntakeSlice, e: Event[f.Unmerged]) -> IntakeSlice:
    absorbed = tuple(loser for loser in s.absorbed if loser != e.data.other)
    return replace(s, merged_into=None if s.merged_into == e.data.other else s.merged_into, absorbed=absorbed)


def _candidates(s: IntakeSlice, e: Event[assets.AssetCandidatesCollected]) -> IntakeSlice:
    d = e.data
    answer = SourceAnswer(e.id, d.snapshot, assets.subject_of(d.client, d.contact), d.state, d.reason, d.asked_at)
    return replace(s, candidate_sources={**s.candidate_sources, d.source: answer})


def _corrected(s: IntakeSlice, e: Event[f.ClientCorrected]) -> IntakeSlice:
    # evidence about the old client proves nothing about the new one
    return replace(s, client=e.data.after, caller=None, tier=None, asset=None, revisions=s.revisions + 1)


def _unlinked(s: IntakeSlice, e: Event[assets.AssetUnlinked]) -> IntakeSlice:
    return replace(s, asset=None) if s.asset and s.asset.link == e.data.link else s


def _kind_changed(s: IntakeSlice, e: Event[f.KindChanged]) -> IntakeSlice:
    waived = None if s.asset_waived == "request" != e.data.after else s.asset_waived  # the waiver of requests alone
    return replace(s, kind=e.data.after, profile=e.data.profile, asset_waived=waived, revisions=s.revisions + 1)


def _restated(s: IntakeSlice, e: Event[f.ProblemRestated]) -> IntakeSlice:
    return replace(s, problem=e.data.statement, problem_hash=e.data.text_hash, symptom=e.data.symptom or s.symptom)


EVOLVE: dict[type[Payload], Callable[[IntakeSlice, Event], IntakeSlice]] = steps(
    on(f.TicketOpened, _created),
    on(f.TicketAdopted, lambda s, e: replace(s, adopted=e.data.cut_over)),
    on(f.KindChanged, _kind_changed),
    on(f.MergedInto, lambda s, e: replace(s, merged_into=e.data.root, merged_in_psa=e.mode == "outside")),
    on(f.MergeAbsorbed, lambda s, e: replace(s, absorbed=(*s.absorbed, e.data.loser))),
    on(f.Unmerged, _unmerged),
    on(f.SplitInto, lambda s, e: replace(s, splits=(*s.splits, e.data.other))),
    on(caller.CallerVerified, lambda s, e: replace(s, caller=e.data, contact=e.data.contact, rejected=None)),
    on(assets.AssetCandidatesCollected, _candidates),
    on(caller.CallerRejected, lambda s, e: replace(s, caller=None, rejected=e.data.text_hash)),
    on(
        caller.CallerReplaced,
        lambda s, e: replace(s, contact=e.data.after, caller=None, caller_hold=False, revisions=s.revisions + 1),
    ),
    on(caller.CallerRevoked, lambda s, e: replace(s, caller=None, caller_hold=True, during_hold=None)),
    on(caller.CallerHoldCleared, lambda s, e: replace(s, caller_hold=False)),
    on(f.ClientTierCaptured, lambda s, e: replace(s, tier=e.data)),
    on(f.ClientCorrected, _corrected),
    on(f.AfterHoursAccepted, lambda s, e: replace(s, after_hours=(*s.after_hours, e.data.call_out))),
    on(assets.AssetLinked, lambda s, e: replace(s, asset=e.data, asset_waived=None)),
    on(assets.AssetUnlinked, _unlinked),
    on(assets.AssetLinkWaived, lambda s, e: replace(s, asset_waived=e.data.reason)),
    on(f.ProblemRestated, _restated),
    on(c.ClientReplied, _reply_received),
    on(c.ReplySent, _said),
    on(c.ReplyUndelivered, lambda s, e: replace(s, undelivered={**s.undelivered, e.data.message: e.data.reason})),
    on(c.NoteAdded, _noted),
    on(psa_record.PsaLinked, lambda s, e: replace(s, instance=e.data.instance, record=e.data.record, url=e.data.url)),
    on(psa.PsaObserved, _observed),
    on(psa.PsaStatusMapped, _mapped),
    on(psa.PsaSynced, _synced),
    on(psa.PsaSyncConflicted, lambda s, e: replace(s, conflicts=s.conflicts + 1)),
    on(psa_record.PsaDuplicateFound, lambda s, e: replace(s, duplicates=(*s.duplicates, e.data.record))),
    on(psa_record.PsaGone, lambda s, e: replace(s, gone=e.data.reason, episodes=s.episodes + 1)),
    on(psa_record.PsaBack, lambda s, e: replace(s, gone=None)),
    on(psa.PsaTimeObserved, lambda s, e: replace(s, times={**s.times, e.data.entry: e.data.revision})),
)


def evolve(s: IntakeSlice, event: Event) -> IntakeSlice:
    """The slice after one more of intake's facts; the same for a fact that does not concern it."""
    step = EVOLVE.get(type(event.data))
    return s if step is None else step(s, event)
