"""Billing's room: labour, its rating, its confirmation, and what became of it."""

from desk.ticket.billing.facts import FACTS as FACTS
from desk.ticket.billing.slice import EVOLVE as EVOLVE
from desk.ticket.billing.slice import INITIAL as INITIAL
from desk.ticket.billing.slice import BillingSlice as BillingSlice
from desk.ticket.billing.slice import evolve as evolve
