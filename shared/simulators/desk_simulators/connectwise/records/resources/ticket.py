"""Tickets, their notes, attached configurations and change log (contract 4.1, 4.2, section 1.4)."""

from desk_simulators.connectwise.records.resources.common import COMPANY_REFERENCE, CONTACT_REFERENCE, MEMBER_REFERENCE
from desk_simulators.connectwise.records.resources.resource import Reference, Resource, names

LEVELS = ("Low", "Medium", "High")
BILLING = ("Billable", "DoNotBill", "NoCharge", "NoDefault")

TICKET = Resource(
    name="ticket",
    path="service/tickets",
    fields=names(
        """summary recordType board status company site siteName addressLine1 addressLine2 city stateIdentifier zip
        country contact contactName contactEmailAddress contactPhoneNumber contactPhoneExtension type subType item team
        owner resources priority severity impact agreement agreementType billTime billExpenses billProducts
        billingMethod parentTicketId externalXRef requiredDate budgetHours sla source customFields
        automaticEmailContactFlag automaticEmailResourceFlag automaticEmailCcFlag automaticEmailCc
        customerUpdatedFlag processNotifications skipCallback"""
    ),
    required=("summary", "company"),
    required_on_replace=("severity", "impact"),
    references={
        "board": Reference("board"),
        "status": Reference("status", scope=("boardId", "board/id")),
        "company": COMPANY_REFERENCE,
        "contact": CONTACT_REFERENCE,
        "priority": Reference(
            "priority", ("id", "name"), {"id": "id", "name": "name", "sort": "sortOrder", "level": "level"}
        ),
        "owner": MEMBER_REFERENCE,
        "team": Reference("team", scope=("boardId", "board/id")),
        "type": Reference("ticket_type", scope=("board/id", "board/id")),
        "agreement": Reference("agreement", ("id", "name"), {"id": "id", "name": "name", "type": "type/name"}),
        "sla": Reference("sla"),
    },
    read_only=names(
        """closedFlag closedDate closedBy hasChildTicket hasMergedChildTicketFlag mergedParentTicket dateResponded
        dateResplan dateResolved slaStatus isInSla respondMinutes resPlanMinutes resolveMinutes minutesWaiting
        minutesBeforeWaiting escalationStartDateUTC escalationLevel respondedBy resplanBy resolvedBy actualHours"""
    ),
    limits={"summary": 100, "contactName": 62, "contactEmailAddress": 250, "externalXRef": 100},
    choices={
        "severity": LEVELS,
        "impact": LEVELS,
        "billTime": BILLING,
        "billExpenses": BILLING,
        "billProducts": BILLING,
        "billingMethod": ("ActualRates", "FixedFee", "NotToExceed", "OverrideRate"),
        "recordType": ("ServiceTicket", "ProjectTicket", "ProjectIssue"),
    },
    defaults={
        "recordType": "ServiceTicket",
        "severity": "Medium",
        "impact": "Medium",
        "billTime": "NoDefault",
        "billExpenses": "NoDefault",
        "billProducts": "NoDefault",
        "customerUpdatedFlag": False,
    },
    create_only=names("initialDescription initialInternalAnalysis initialResolution contactEmailLookup"),
    writable=True,
    indexed=("externalXRef", "company/id", "board/id", "contact/id", "owner/id", "mergedParentTicket/id"),
    callback="ticket",
)

NOTE = Resource(
    name="note",
    path="service/tickets/notes",
    fields=names(
        """ticketId text detailDescriptionFlag internalAnalysisFlag resolutionFlag issueFlag customerUpdatedFlag
        member contact processNotifications"""
    ),
    required=("ticketId", "text"),
    references={
        "member": MEMBER_REFERENCE,
        "contact": CONTACT_REFERENCE,
    },
    read_only=names("dateCreated createdBy internalFlag externalFlag sentimentScore mergedFlag"),
    defaults={
        "detailDescriptionFlag": False,
        "internalAnalysisFlag": False,
        "resolutionFlag": False,
        "issueFlag": False,
        "customerUpdatedFlag": False,
    },
    create_only=names("isFirstTextFlag"),
    indexed=("ticketId",),
)

ATTACHMENT = Resource(
    name="ticketConfiguration",
    path="service/tickets/attached",
    fields=names("ticketId configurationId"),
    indexed=("ticketId", "configurationId"),
)

CHANGELOG = Resource(
    "ticketChangeLog",
    "service/tickets/changelogs",
    names(
        """partnerId productInstanceId action boardId boardName companyIdentifier companyName contactId contactName
        impact ownerIdentifier priorityId priorityLevel priorityName prioritySort resourceList severity slaName
        slaStatus status summary teamName ticketNumber recordType ticketOwner closedFlag customerUpdatedFlag
        processingStatus parentTicketId mergedParentTicketId"""
    ),
    indexed=("ticketNumber",),
)
