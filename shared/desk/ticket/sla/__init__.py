"""The SLA's room: which policy judges the ticket, its clocks, their pauses and verdicts."""

from desk.ticket.sla.facts import FACTS as FACTS
from desk.ticket.sla.slice import EVOLVE as EVOLVE
from desk.ticket.sla.slice import INITIAL as INITIAL
from desk.ticket.sla.slice import SlaSlice as SlaSlice
from desk.ticket.sla.slice import evolve as evolve
