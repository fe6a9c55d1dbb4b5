"""Triage's facts and slice: priority, dispatch, diagnosis, fix, and the cycles of a ticket."""

from desk.contract.ticket.triage.evolve import evolve as evolve
from desk.contract.ticket.triage.facts import FACTS as FACTS
from desk.contract.ticket.triage.slice import INITIAL as INITIAL
from desk.contract.ticket.triage.slice import TriageSlice as TriageSlice
