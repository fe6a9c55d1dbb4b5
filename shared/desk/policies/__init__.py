"""Versioned policies, which decisions look up. Version 1 of each is built in."""

from desk.policies.book import PolicyBook as PolicyBook
from desk.policies.book import builtin as builtin
