"""Boards, statuses, priorities and SLAs of the simulated MSP.

"Completed" means resolved on Help Desk and closed on Network: names are free text, ids decide.
"""

from desk_simulators.kit.table import Record

HELP_DESK, NETWORK = 1, 2
BOARDS: list[Record] = [
    {"id": HELP_DESK, "name": "Help Desk", "inactiveFlag": False, "projectFlag": False},
    {"id": NETWORK, "name": "Network", "inactiveFlag": False, "projectFlag": False},
]

_STATUSES = (
    # board, id, name, class, stage
    (HELP_DESK, 15, "New", "new", "NotResponded"),
    (HELP_DESK, 16, "In Progress", "open", "ResolutionPlan"),
    (HELP_DESK, 17, "Assigned", "open", "Responded"),
    (HELP_DESK, 18, "Waiting on Client", "waiting-client", "NoEscalation"),
    (HELP_DESK, 19, "Waiting on Vendor", "waiting-vendor", "NoEscalation"),
    (HELP_DESK, 20, "Scheduled", "waiting-schedule", "NoEscalation"),
    (HELP_DESK, 21, "On Hold", "waiting-internal", "NoEscalation"),
    (HELP_DESK, 22, "Needs Completion", "open", "ResolutionPlan"),
    (HELP_DESK, 23, "Completed", "resolved", "Resolved"),
    (HELP_DESK, 24, "Closed", "closed", "Resolved"),
    (HELP_DESK, 25, "Cancelled", "cancelled", "Resolved"),
    (HELP_DESK, 26, "Out of Scope", "out-of-scope", "Resolved"),
    (NETWORK, 31, "New", "new", "NotResponded"),
    (NETWORK, 32, "Working", "open", "ResolutionPlan"),
    (NETWORK, 33, "Waiting on Customer", "waiting-client", "NoEscalation"),
    (NETWORK, 34, "Waiting on Carrier", "waiting-vendor", "NoEscalation"),
    (NETWORK, 35, "Change Window", "waiting-schedule", "NoEscalation"),
    (NETWORK, 36, "Needs Completion", "open", "ResolutionPlan"),
    (NETWORK, 37, "Resolved", "resolved", "Resolved"),
    (NETWORK, 38, "Completed", "closed", "Resolved"),
    (NETWORK, 39, "Cancelled", "cancelled", "Resolved"),
)
FINAL = ("closed", "cancelled", "out-of-scope")
STATUS_CLASSES: dict[int, str] = {number: meaning for _, number, _, meaning, _ in _STATUSES}
STATUSES: list[Record] = [
    {
        "id": number,
        "name": name,
        "boardId": board,
        "board": {"id": board, "name": BOARDS[board - 1]["name"]},
        "sortOrder": number,
        "displayOnBoard": meaning not in FINAL,
        "inactive": False,
        "closedStatus": meaning in FINAL,
        "timeEntryNotAllowed": meaning == "cancelled",
        "defaultFlag": meaning == "new",
        "escalationStatus": stage,
        "customerPortalFlag": True,
        "saveTimeAsNote": False,
    }
    for board, number, name, meaning, stage in _STATUSES
]

PRIORITIES: list[Record] = [
    {"id": 6, "name": "Priority 1 - Critical", "color": "#e05050", "sortOrder": 1, "level": "Critical"},
    {"id": 7, "name": "Priority 2 - High", "color": "#e09050", "sortOrder": 2, "level": "High"},
    {"id": 8, "name": "Priority 3 - Medium", "color": "#e0d050", "sortOrder": 3, "level": "Medium"},
    {"id": 9, "name": "Priority 4 - Low", "color": "#50a0e0", "sortOrder": 4, "level": "Low"},
]
_HOURS = {6: (0.5, 1, 4), 7: (1, 2, 8), 8: (4, 8, 24), 9: (8, 16, 72)}
SLA_PRIORITIES: list[Record] = [
    {
        "id": number,
        "sla": {"id": 3, "name": "Standard SLA"},
        "priority": {"id": number, "name": PRIORITIES[number - 6]["name"]},
        "respondHours": respond,
        "planWithin": plan,
        "resolutionHours": resolve,
    }
    for number, (respond, plan, resolve) in _HOURS.items()
]
LEVELS: list[Record] = [
    {"id": number, "name": name, "sortOrder": number, "defaultFlag": name == "Medium"}
    for number, name in enumerate(("Low", "Medium", "High"), 1)
]

TABLES: dict[str, list[Record]] = {
    "board": BOARDS,
    "status": STATUSES,
    "team": [
        {"id": 1, "name": "Service Desk", "boardId": HELP_DESK, "defaultFlag": True, "members": [201, 202, 203]},
        {"id": 2, "name": "Network Team", "boardId": NETWORK, "defaultFlag": True, "members": [204, 205]},
    ],
    "ticket_type": [
        {"id": number, "name": name, "board": {"id": board, "name": BOARDS[board - 1]["name"]}, "inactiveFlag": False}
        for number, board, name in (
            (1, HELP_DESK, "Incident"),
            (2, HELP_DESK, "Request"),
            (3, NETWORK, "Incident"),
            (4, NETWORK, "Change"),
        )
    ],
    "priority": [{**priority, "defaultFlag": priority["id"] == 8} for priority in PRIORITIES],
    "severity": LEVELS,
    "impact": LEVELS,
    "sla": [
        {
            "id": 3,
            "name": "Standard SLA",
            "defaultFlag": True,
            "basedOn": "AllHours",
            "respondHours": 4,
            "planWithin": 8,
            "resolutionHours": 24,
        }
    ],
    "sla_priority": SLA_PRIORITIES,
    "survey": [{"id": 1, "name": "Ticket satisfaction", "inactiveFlag": False}],
    "work_role": [
        {"id": 1, "name": "Technician", "inactiveFlag": False, "hourlyRate": 120.0},
        {"id": 2, "name": "Engineer", "inactiveFlag": False, "hourlyRate": 160.0},
    ],
    "work_type": [
        {"id": 1, "name": "Remote", "inactiveFlag": False, "billTime": "Billable", "defaultFlag": True},
        {"id": 2, "name": "On-site", "inactiveFlag": False, "billTime": "Billable", "defaultFlag": False},
        {"id": 3, "name": "After hours", "inactiveFlag": False, "billTime": "Billable", "defaultFlag": False},
    ],
}
