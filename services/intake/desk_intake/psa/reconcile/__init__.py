"""Rounds that compare with the PSA: changes since the last round, absent records, `POST /reconcile`."""
