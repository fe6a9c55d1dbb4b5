"""Intake's facts and slice: the PSA record, the caller, the asset, the conversation with the client."""

from desk.contract.event import Payload
from desk.contract.ticket.intake import facts
from desk.contract.ticket.intake.evolve import evolve as evolve
from desk.contract.ticket.intake.slice import INITIAL as INITIAL
from desk.contract.ticket.intake.slice import IntakeSlice as IntakeSlice

FACTS: tuple[type[Payload], ...] = facts.FACTS
