"""The PSA gateway: the only reader and writer of the PSA, with one credential, one rate budget and one loop filter.

Intake observes, triage rules, intake writes back. Readers and writers call the PSA port of a `PsaConnection`; `mapping`
maps records of the port to the types of `observed`, and coded fields to writes. Decisions on tickets (in `observe`,
`conversation` and `write_back`) see only the types of `observed`; `directory` decides on the port's directory records.
"""
