"""A simulated NinjaOne RMM that behaves like the contract, for tests, demo and trials."""

from desk_simulators.ninjaone.demo import Demo
from desk_simulators.ninjaone.faults import Faults
from desk_simulators.ninjaone.fleet import Fleet
from desk_simulators.ninjaone.identity import Behaviour, Instance
from desk_simulators.ninjaone.simulator import NinjaOneSimulator
from desk_simulators.ninjaone.state import NinjaState

__all__ = ["Behaviour", "Demo", "Faults", "Fleet", "Instance", "NinjaOneSimulator", "NinjaState"]
