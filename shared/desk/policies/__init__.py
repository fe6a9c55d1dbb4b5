"""Versioned policies: what a decision looks up beside the ticket. Version 1 of each ships with the desk."""

from desk.policies.book import PolicyBook as PolicyBook
from desk.policies.book import builtin as builtin
