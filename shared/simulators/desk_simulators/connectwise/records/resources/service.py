"""Boards and what tickets are described by: statuses, teams, types, priorities, SLAs, surveys (contract 4.4)."""

from desk_simulators.connectwise.records.resources.common import COMPANY_REFERENCE, CONTACT_REFERENCE
from desk_simulators.connectwise.records.resources.resource import Resource, names

BOARD = Resource(
    "board", "service/boards", names("name location department inactiveFlag projectFlag"), indexed=("name",)
)
STATUS = Resource(
    "boardStatus",
    "service/boards/statuses",
    names(
        """name boardId board sortOrder displayOnBoard inactive closedStatus timeEntryNotAllowed defaultFlag
        escalationStatus customerPortalFlag saveTimeAsNote"""
    ),
    indexed=("boardId", "name"),
)
TEAM = Resource("team", "service/boards/teams", names("name boardId defaultFlag members"), indexed=("boardId", "name"))
TICKET_TYPE = Resource(
    "type", "service/boards/types", names("name board inactiveFlag defaultFlag"), indexed=("board/id", "name")
)
PRIORITY = Resource(
    "priority", "service/priorities", names("name color sortOrder defaultFlag level"), indexed=("name",)
)
SEVERITY = Resource("severity", "service/severities", names("name sortOrder defaultFlag"), indexed=("name",))
IMPACT = Resource("impact", "service/impacts", names("name sortOrder defaultFlag"), indexed=("name",))
SLA = Resource(
    "sla",
    "service/SLAs",
    names("name defaultFlag basedOn respondHours respondPercent planWithin planWithinPercent resolutionHours"),
    indexed=("name",),
)
SLA_PRIORITY = Resource(
    "slaPriority",
    "service/SLAs/priorities",
    names("sla priority respondHours planWithin resolutionHours"),
    indexed=("sla/id",),
)
SURVEY = Resource("survey", "service/surveys", names("name inactiveFlag headerIncludedFlag"), indexed=("name",))
SURVEY_RESULT = Resource(
    "surveyResult",
    "service/surveys/results",
    names("surveyId ticketId contact company emailAddress totalPoints footerResponse contactMeFlag results"),
    required=("ticketId",),
    references={
        "contact": CONTACT_REFERENCE,
        "company": COMPANY_REFERENCE,
    },
    indexed=("surveyId", "ticketId"),
)
