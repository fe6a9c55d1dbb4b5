"""Clients, agreements, devices, contacts and members, read from the PSA and recorded."""
