"""Exports of a replica to files: tickets, observations, facts."""
