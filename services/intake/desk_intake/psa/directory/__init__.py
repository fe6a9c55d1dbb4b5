"""Reads clients, agreements, devices, contacts and members from the PSA and records their changes."""
