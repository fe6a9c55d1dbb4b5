"""Helpers for the tests of services: given/when/then, fake clocks and tokens, the route matrix, the scheduler."""
