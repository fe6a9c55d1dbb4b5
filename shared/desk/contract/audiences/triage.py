"""Fields of triage's facts by audience."""

from __future__ import annotations

from collections.abc import Mapping

from desk.contract.audiences.row import Row, external_wait
from desk.contract.event import Payload
from desk.contract.ticket.triage import diagnosis, dispatch, ends, escalation, fix, known_incidents

ROWS: Mapping[type[Payload], Row] = {
    dispatch.PriorityAssessed: Row("matrix_version revision evidence text_hash", client="impact urgency priority"),
    dispatch.PriorityOverridden: Row("reason revision text_hash", client="priority"),
    dispatch.Queued: Row("queue revision tier before first by_default"),
    dispatch.Assigned: Row("technician revision before"),
    dispatch.Unassigned: Row("before revision"),
    dispatch.WorkStarted: Row("technician", client=""),
    dispatch.WaitingStarted: Row("message reference vendor", client="wait on until", only=external_wait),
    dispatch.WaitingEnded: Row(client="wait"),
    known_incidents.KnownIncidentsChecked: Row(
        "check sources matches site device symptom asked_at reason incidents omitted unavailable foreign",
    ),
    diagnosis.LinkedToIncident: Row("incident relation revision"),
    diagnosis.UnlinkedFromIncident: Row("incident reason revision"),
    diagnosis.ParentResolved: Row("incident revision sample"),
    diagnosis.ParentReopened: Row("incident revision"),
    diagnosis.IncidentNoticeSent: Row("incident notice", client="channel"),
    diagnosis.SessionStarted: Row("session tool device with_user text_hash"),
    diagnosis.SessionEnded: Row("session"),
    diagnosis.ReproductionRecorded: Row(
        "entry result device upn on_profile on_network on_permissions steps observed session contact",
    ),
    diagnosis.DeviceChangesCollected: Row(
        "device snapshot window_from window_to changes unavailable state source asked_at reason omitted foreign",
    ),
    diagnosis.DeviceChangesReviewed: Row("device snapshot suspects"),
    diagnosis.EndpointSecurityCollected: Row("device snapshot state detections"),
    diagnosis.EndpointSecurityReviewed: Row("device snapshot verdicts"),
    diagnosis.DiagnosticRecorded: Row("entry what result asset_class"),
    diagnosis.CauseRuledOut: Row("entry cause why"),
    escalation.EscalationProposed: Row("rule why"),
    escalation.Escalated: Row("number to symptom steps diagnostics ruled_out text_hash"),
    escalation.EscalationReturned: Row("number reason text_hash"),
    escalation.PageRequested: Row("page level schedule reason instance"),
    escalation.PageSent: Row("page level vendor_key"),
    escalation.PageDelivered: Row("page level evidence"),
    escalation.PageAcknowledged: Row("page level by"),
    escalation.PageEscalated: Row("page level"),
    escalation.PageFailed: Row("page level why"),
    escalation.PageWithdrawn: Row("page level why"),
    escalation.PageJudged: Row("page verdict"),
    fix.ChangeLinked: Row("change scope"),
    fix.FixStarted: Row("device asset_class privileged change"),
    fix.FixApplied: Row(
        "what where kind change user_present session violation caller_level asset_classes privileged text_hash",
    ),
    fix.FixReverted: Row("why text_hash"),
    fix.FixVerified: Row("how where session text_hash"),
    fix.VerificationFailed: Row("what_failed seen_by route text_hash"),
    fix.VerificationWaived: Row("reason tries text_hash"),
    fix.MonitoringChecked: Row("state window_to devices alerts unknown source reason unavailable"),
    fix.MonitoringRegressed: Row("alert active_at source what"),
    ends.Resolved: Row("technician premises missing", client=""),
    ends.Cancelled: Row("text_hash", client="reason"),
    ends.OutsideResolutionContested: Row("observation missing"),
    ends.OutsideClosureNoticed: Row("observation missing psa_actor"),
    ends.ObservationRuled: Row("source_seq mapping_version outcome why"),
    ends.Reopened: Row("undoes cause route notes", client=""),
    ends.MissedReopenNoted: Row("at evidence"),
    ends.MissedWaitNoted: Row("at evidence"),
    ends.ReplyJudged: Row("message verdict"),
    ends.RepeatDetected: Row("earlier basis days"),
    ends.RepeatDismissed: Row("earlier reason"),
}
