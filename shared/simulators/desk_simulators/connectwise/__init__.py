"""A simulated ConnectWise PSA that behaves like the contract, for tests, demo and trials."""

from desk_simulators.connectwise.callbacks.payload import sign
from desk_simulators.connectwise.callbacks.rules import DeliveryRules
from desk_simulators.connectwise.demo.workday import Demo
from desk_simulators.connectwise.faults import Faults
from desk_simulators.connectwise.identity import ApiKey, Behaviour, Instance
from desk_simulators.connectwise.records import writes
from desk_simulators.connectwise.seed.service import STATUS_CLASSES, STATUSES
from desk_simulators.connectwise.simulator import ConnectWiseSimulator
from desk_simulators.connectwise.state import PsaState
from desk_simulators.connectwise.technician import Technician
from desk_simulators.kit.ledger import ApiCall, Attempt, Ledger

__all__ = [
    "STATUSES",
    "STATUS_CLASSES",
    "ApiCall",
    "ApiKey",
    "Attempt",
    "Behaviour",
    "ConnectWiseSimulator",
    "DeliveryRules",
    "Demo",
    "Faults",
    "Instance",
    "Ledger",
    "PsaState",
    "Technician",
    "sign",
    "writes",
]
