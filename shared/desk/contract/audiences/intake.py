"""Fields of intake's facts by audience."""

from __future__ import annotations

from collections.abc import Mapping

from desk.contract.audiences.row import Row, public_note, public_reply
from desk.contract.event import Payload
from desk.contract.ticket.intake import assets, caller, conversation, psa, psa_record
from desk.contract.ticket.intake import facts as f

ROWS: Mapping[type[Payload], Row] = {
    f.TicketOpened: Row(
        "profile instance command matrix reported_hostname reported_upn follows destination",
        client="kind client contact channel opened_at onset_at problem description record zone",
    ),
    f.TicketAdopted: Row("source cut_over"),
    f.KindChanged: Row("profile reason revision", client="before after"),
    f.MergedInto: Row("root evidence", client=""),
    f.MergeAbsorbed: Row("loser evidence"),
    f.Unmerged: Row("other evidence"),
    f.SplitFrom: Row("other messages"),
    f.SplitInto: Row("other messages"),
    caller.CallerVerified: Row("challenge contact method level may contact_revision expires"),
    caller.CallerRejected: Row("attempt_id claimed reason psa_match text_hash"),
    caller.CallerReplaced: Row("revision", client="before after"),
    caller.CallerRevoked: Row("contact revision source"),
    caller.CallerHoldCleared: Row("contact revision reason"),
    f.ClientTierCaptured: Row("client tier as_of agreement version calendar after_hours zone"),
    f.ClientCorrected: Row("before after revision"),
    f.AfterHoursAccepted: Row("call_out contact", money="rate"),
    assets.AssetCandidatesCollected: Row(
        "snapshot source state client asked_at contact candidates omitted unavailable reason",
    ),
    assets.AssetLinked: Row("link rmm asset_class upn related confidence candidates text_hash", client="device"),
    assets.AssetUnlinked: Row("link reason", client=""),
    assets.AssetLinkWaived: Row("reason"),
    f.ProblemRestated: Row("text_hash", client="statement symptom"),
    conversation.ClientReplied: Row(client="message text auto"),
    conversation.ReplySent: Row(
        "audience summary",
        client="message author to_requester channel text",
        only=public_reply,
    ),
    conversation.ReplyUndelivered: Row("message reason effect"),
    conversation.NoteAdded: Row("internal", client="note text", only=public_note),
    psa_record.PsaLinked: Row("instance record url"),
    psa_record.PsaDuplicateFound: Row("record"),
    psa_record.PsaGone: Row("reason proof episode"),
    psa_record.PsaBack: Row("proof episode"),
    psa.PsaObserved: Row(
        "instance record source_seq revision status_class psa_actor via changed texts status_id "
        "mapping_version shown service_level",
    ),
    psa.PsaStatusMapped: Row("source_seq status_class mapping_version"),
    psa.AlertObserved: Row("monitor alert state at"),
    psa.PsaSynced: Row("effect fields shown revision created wrote status_class service_level level_at"),
    psa.PsaSyncConflicted: Row("field ours theirs revision"),
    psa.PsaTimeObserved: Row("entry revision gone technician start end role work_type billable notes minutes left_out"),
    psa.PsaSurveyObserved: Row("survey revision points comment"),
}
