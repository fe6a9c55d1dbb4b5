"""Fields of docs' facts by audience."""

from __future__ import annotations

from collections.abc import Mapping

from desk.contract.audiences.row import Row, for_client
from desk.contract.event import Payload
from desk.contract.ticket.docs import client, documentation
from desk.contract.ticket.docs import facts as f

ROWS: Mapping[type[Payload], Row] = {
    documentation.DocumentationSearched: Row(
        "search client query sources hits unknown not_applicable device problem_hash request asked_at "
        "reason unavailable omitted foreign",
    ),
    documentation.DocumentationJudged: Row("hit helped"),
    f.ResolutionDocumented: Row("rev root_cause actions symptom references incident attempt"),
    client.ClientSummaryWritten: Row("text_hash attempt", client="rev audience text", only=for_client),
    client.ClientSummarySent: Row("text_hash", client="rev audience channel message", only=for_client),
    client.ClientSummaryFailed: Row("rev audience channel reason"),
    client.SurveyRequested: Row("survey provider contact"),
    client.SurveySent: Row("survey evidence"),
    client.SurveyFailed: Row("survey reason"),
    client.SurveyNotApplicable: Row("reason"),
    client.SurveyExpired: Row("survey"),
    client.CsatReceived: Row("survey rev raw score technician observed comment"),
    f.RunbookGapRaised: Row("gap kind basis"),
    f.RunbookUpdated: Row("gap document revision text_hash"),
    f.RunbookWaived: Row("gap reason by text_hash"),
    f.SignedOff: Row("technician statement_version"),
    f.Closed: Row("resolution code code_version missing follow_ups", client=""),
    f.ClosureCompleted: Row("closure met"),
    f.ObligationRaised: Row("what owner due"),
    f.ObligationMet: Row("what evidence code code_version"),
    f.ObligationOverdue: Row("what owner due"),
    f.FollowUpRaised: Row("follow_up kind owner due ref note"),
    f.FollowUpCompleted: Row("follow_up by ref"),
    f.FollowUpDropped: Row("follow_up by reason"),
}
