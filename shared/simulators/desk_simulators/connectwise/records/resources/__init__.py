"""Every kind of record that the simulator keeps, by table name."""

from desk_simulators.connectwise.records.resources import company, service, system, ticket
from desk_simulators.connectwise.records.resources.resource import Reference, Resource

RESOURCES: dict[str, Resource] = {
    "ticket": ticket.TICKET,
    "note": ticket.NOTE,
    "attachment": ticket.ATTACHMENT,
    "board": service.BOARD,
    "status": service.STATUS,
    "team": service.TEAM,
    "ticket_type": service.TICKET_TYPE,
    "priority": service.PRIORITY,
    "severity": service.SEVERITY,
    "impact": service.IMPACT,
    "sla": service.SLA,
    "sla_priority": service.SLA_PRIORITY,
    "survey": service.SURVEY,
    "survey_result": service.SURVEY_RESULT,
    "changelog": ticket.CHANGELOG,
    "company": company.COMPANY,
    "company_status": company.COMPANY_STATUS,
    "contact": company.CONTACT,
    "configuration": company.CONFIGURATION,
    "agreement": company.AGREEMENT,
    "addition": company.ADDITION,
    "time": company.TIME_ENTRY,
    "work_role": company.WORK_ROLE,
    "work_type": company.WORK_TYPE,
    "member": company.MEMBER,
    "callback": system.CALLBACK,
}

__all__ = ["RESOURCES", "Reference", "Resource"]
