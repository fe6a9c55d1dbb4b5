"""Helpers for tests: pytest fixtures' desks, fault injection on servers, a bench with a simulated PSA."""
