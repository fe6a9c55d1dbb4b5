"""Triage's room: priority, dispatch, diagnosis, fix, and the only authority on cycles."""

from desk.ticket.triage.evolve import evolve as evolve
from desk.ticket.triage.facts import FACTS as FACTS
from desk.ticket.triage.slice import INITIAL as INITIAL
from desk.ticket.triage.slice import TriageSlice as TriageSlice
