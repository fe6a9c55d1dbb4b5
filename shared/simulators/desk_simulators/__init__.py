"""Simulated vendors: each answers a vendor's API by its contract, for tests, demo and trials."""
