"""The PSA gateway: the only reader and writer of the PSA, with one credential, one rate budget and one loop filter.

Intake observes, triage rules, intake writes back. Everything vendor-specific is behind `port.Psa`.
"""
