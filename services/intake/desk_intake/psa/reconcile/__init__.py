"""Reconciliation rounds: reads changes since the last round, finds absent records, serves `POST /reconcile`."""
