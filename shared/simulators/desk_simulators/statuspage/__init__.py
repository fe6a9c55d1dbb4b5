"""A simulated Statuspage page that behaves like the contract, for tests, demo and trials."""

from desk_simulators.statuspage.demo import Demo
from desk_simulators.statuspage.faults import Faults
from desk_simulators.statuspage.identity import Behaviour, Page
from desk_simulators.statuspage.owner import PageOwner
from desk_simulators.statuspage.simulator import StatuspageSimulator

__all__ = ["Behaviour", "Demo", "Faults", "Page", "PageOwner", "StatuspageSimulator"]
