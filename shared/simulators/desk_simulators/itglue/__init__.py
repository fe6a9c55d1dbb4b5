"""A simulated IT Glue account that behaves like the contract, for tests, demo and trials."""

from desk_simulators.itglue.demo import Demo
from desk_simulators.itglue.editor import Editor
from desk_simulators.itglue.faults import Faults
from desk_simulators.itglue.identity import Account, Behaviour
from desk_simulators.itglue.simulator import ItGlueSimulator

__all__ = ["Account", "Behaviour", "Demo", "Editor", "Faults", "ItGlueSimulator"]
