"""Billing's facts and slice: labour, its rating, confirmation, invoicing."""

from desk.contract.ticket.billing.facts import FACTS as FACTS
from desk.contract.ticket.billing.slice import EVOLVE as EVOLVE
from desk.contract.ticket.billing.slice import INITIAL as INITIAL
from desk.contract.ticket.billing.slice import BillingSlice as BillingSlice
from desk.contract.ticket.billing.slice import evolve as evolve
