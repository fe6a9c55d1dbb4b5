"""Initial resources of the account, from the shared world: the MSP's technicians, two services, one open incident."""

from desk_simulators.kit.table import Record
from desk_simulators.pagerduty.pager import Pager
from desk_simulators.pagerduty.state import PagerState
from desk_simulators.world import Technician, world

TIER2, NETWORK = "PTIER20", "PNETWRK"
ROUTING_KEYS = {TIER2: "SIMULATEDROUTINGKEYFORTIER200000", NETWORK: "SIMULATEDROUTINGKEYFORNETWORK000"}
ROTAS = {TIER2: ("Tier 2 on call", ("mlopez", "jdoe")), NETWORK: ("Network on call", ("tbauer", "kowens"))}
OPEN = "BH-SW-02 has not answered for 5 minutes"


def seed(state: PagerState) -> None:
    """Fill an empty state. Listeners are called, so register them later."""
    for technician in world().technicians:
        _user(state, technician)
    for key, (name, people) in ROTAS.items():
        _service(state, key, name, people)
    pager = Pager(state)
    incident = pager.trigger(NETWORK, OPEN, "monitoring:BH-SW-02", "error")
    pager.acknowledge(incident["id"], user_id("tbauer"))


def user_id(key: str) -> str:
    """The vendor's id of a technician."""
    return f"P{key.upper()}".ljust(7, "0")[:7]


def _user(state: PagerState, technician: Technician) -> None:
    name = f"{technician.first} {technician.last}"
    key = user_id(technician.key)
    record = {
        **state.addressed("user", key),
        "summary": name,
        "name": name,
        "email": f"{technician.key}@{world().domain}",
        "time_zone": "Europe/London",
        "color": "green",
        "role": "user",
        "avatar_url": "",
        "description": None,
        "invitation_sent": False,
        "job_title": technician.title,
        "teams": [],
        "contact_methods": [],
        "notification_rules": [],
    }
    state.put("user", record)


def _service(state: PagerState, key: str, name: str, people: tuple[str, ...]) -> None:
    policy = _policy(state, f"{key[:-1]}E", name, people)
    reference = {"id": f"{key[:-1]}I", "type": "events_api_v2_inbound_integration_reference", "summary": "Deskstream"}
    address = f"{state.addressed('service', key)['self']}/integrations/{reference['id']}"
    integration = {**reference, "self": address, "html_url": None, "integration_key": ROUTING_KEYS[key]}
    record = {
        **state.addressed("service", key),
        "summary": name,
        "name": name,
        "description": None,
        "created_at": state.stamp(),
        "status": "active",
        "acknowledgement_timeout": 1800,
        "auto_resolve_timeout": None,
        "alert_creation": "create_alerts_and_incidents",
        "last_incident_timestamp": None,
        "teams": [],
        "integrations": [integration],
        "incident_urgency_rule": {"type": "constant", "urgency": "severity_based"},
        "support_hours": None,
        "scheduled_actions": [],
        "addons": [],
        "escalation_policy": state.reference("escalation_policy", policy),
    }
    state.put("service", record)


def _policy(state: PagerState, key: str, name: str, people: tuple[str, ...]) -> Record:
    users = [state.reference("user", state.row("user", user_id(one))["record"]) for one in people]
    rules = [
        {"id": f"{key[:-1]}{level}", "escalation_delay_in_minutes": 10, "targets": [user]}
        for level, user in enumerate(users, 1)
    ]
    record = {
        **state.addressed("escalation_policy", key),
        "summary": name,
        "name": name,
        "escalation_rules": rules,
        "services": [],
        "num_loops": 1,
        "teams": [],
        "description": None,
        "on_call_handoff_notifications": "if_has_services",
    }
    return state.put("escalation_policy", record)
