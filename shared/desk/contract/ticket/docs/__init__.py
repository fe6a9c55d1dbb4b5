"""Docs' facts and slice: documentation, client summary, survey, obligations, the final close."""

from desk.contract.ticket.docs.evolve import EVOLVE as EVOLVE
from desk.contract.ticket.docs.evolve import evolve as evolve
from desk.contract.ticket.docs.facts import FACTS as FACTS
from desk.contract.ticket.docs.slice import INITIAL as INITIAL
from desk.contract.ticket.docs.slice import DocsSlice as DocsSlice
