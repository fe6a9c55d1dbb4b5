"""A simulated ConnectWise PSA that behaves like the contract, for tests, demo and trials."""

from desk_simulators.connectwise.callbacks.delivery import DeliveryRules
from desk_simulators.connectwise.callbacks.payload import sign
from desk_simulators.connectwise.demo import Demo
from desk_simulators.connectwise.faults import Faults
from desk_simulators.connectwise.identity import ApiKey, Behaviour, Instance
from desk_simulators.connectwise.ledger import ApiCall, Attempt, Ledger
from desk_simulators.connectwise.simulator import ConnectWiseSimulator
from desk_simulators.connectwise.state import PsaState
from desk_simulators.connectwise.technician import Technician

__all__ = [
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
]
