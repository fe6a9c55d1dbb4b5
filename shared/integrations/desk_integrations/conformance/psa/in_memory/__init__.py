"""A PSA in memory behind the PSA port: it passes the suite of the kind, and tests drive it as a technician would."""

from desk_integrations.conformance.psa.in_memory.psa import InMemoryPsa
from desk_integrations.conformance.psa.in_memory.world import Board, PsaWorld

__all__ = ["Board", "InMemoryPsa", "PsaWorld"]
