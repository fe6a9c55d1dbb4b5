"""SLA's facts and slice: the policy of the ticket, its clocks, their pauses and verdicts."""

from desk.contract.ticket.sla.facts import FACTS as FACTS
from desk.contract.ticket.sla.slice import EVOLVE as EVOLVE
from desk.contract.ticket.sla.slice import INITIAL as INITIAL
from desk.contract.ticket.sla.slice import SlaSlice as SlaSlice
from desk.contract.ticket.sla.slice import evolve as evolve
