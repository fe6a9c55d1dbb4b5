"""Helpers for tests of services: given/when/then, fake clocks and tokens, the route matrix, the in-memory service."""
