"""Hands labour over to the accounts: one batch per client, currency and period, and the comparison with the PSA."""
