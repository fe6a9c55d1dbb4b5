"""Intake's room: the world as it is seen (the PSA, the caller, the asset), and what was said to and by the client."""

from desk.contract.ticket.intake.facts import FACTS as FACTS
from desk.contract.ticket.intake.slice import INITIAL as INITIAL
from desk.contract.ticket.intake.slice import IntakeSlice as IntakeSlice
from desk.contract.ticket.intake.slice import evolve as evolve
