"""The PSA gateway: the only reader and writer of the PSA, with one credential, one rate budget and one loop filter.

Intake observes, triage rules, intake writes back. Decisions on tickets (in `observe`, `conversation` and `write_back`)
see records only as the types of `port`. Readers and writers call the vendor's client of a `PsaConnection` and convert
its records by `connectwise`; `directory` decides on the vendor's own records.
"""
