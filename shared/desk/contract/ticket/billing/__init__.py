"""Billing's room: labour, its rating, its confirmation, and what became of it."""

from desk.contract.ticket.billing.facts import FACTS as FACTS
from desk.contract.ticket.billing.slice import EVOLVE as EVOLVE
from desk.contract.ticket.billing.slice import INITIAL as INITIAL
from desk.contract.ticket.billing.slice import BillingSlice as BillingSlice
from desk.contract.ticket.billing.slice import evolve as evolve
