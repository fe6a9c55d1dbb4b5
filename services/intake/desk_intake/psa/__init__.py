"""The PSA gateway: the only reader and writer of the PSA, with one credential, one rate budget and one loop filter.

Intake observes, triage rules, intake writes back. Decisions on tickets (observing, following, lateness, linking,
conversation, desired, planning) know records only as `port` has them. What reads and writes (tickets, people, clients,
times, rounds, syncing, creating, noting) calls the vendor's client of a `link` and turns its records by `connectwise`;
`directory` decides on the vendor's clients and people as they are.
"""
