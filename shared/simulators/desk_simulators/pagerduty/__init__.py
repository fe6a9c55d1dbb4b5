"""A simulated PagerDuty account that behaves like the contract, for tests, demo and trials."""

from desk_simulators.pagerduty.demo import Demo
from desk_simulators.pagerduty.faults import Faults
from desk_simulators.pagerduty.identity import Account, Behaviour
from desk_simulators.pagerduty.pager import Pager
from desk_simulators.pagerduty.simulator import PagerDutySimulator

__all__ = ["Account", "Behaviour", "Demo", "Faults", "Pager", "PagerDutySimulator"]
