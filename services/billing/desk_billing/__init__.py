"""Billing: labour logged, rated, confirmed and invoiced."""
