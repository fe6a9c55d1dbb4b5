"""Queries on many tickets, or on one at any instant. They read the replica and record nothing."""
