"""A simulated Auvik account that behaves like the contract, for tests, demo and trials."""

from desk_simulators.auvik.demo import Demo
from desk_simulators.auvik.faults import Faults
from desk_simulators.auvik.identity import Account, Behaviour
from desk_simulators.auvik.network import Network
from desk_simulators.auvik.simulator import AuvikSimulator

__all__ = ["Account", "AuvikSimulator", "Behaviour", "Demo", "Faults", "Network"]
