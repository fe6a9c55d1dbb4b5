"""The pure core of the SLA engine: calendars, clocks, policies. No I/O, no wall clock, no other package of the desk.

What a caller needs, from the documents to the words:

- ``calendar_document.load_calendar``, ``policy.load_policy``: checked documents, ``problems.DocumentError`` otherwise
- ``policy.builtin_calendar``, ``policy.builtin_policy``: what ships; ``policy.review``: rules that can never win
- ``goals.Rulebook``: the documents in hand; ``history.History``: what happened to a ticket
- ``judge.judge``: every clock of every cycle as of an instant; ``position.position``: one clock
- ``ledger.entries``: facts that bring a recorded verdict in line; ``cycles``: first, last, cumulative, shares
- ``explain.explain`` and ``explain_text.as_text``; ``render``: a year as text and SVG; ``differences``: two versions
- ``after_hours``: a time entry at the border of the hours; ``publication``: when a version may be published
"""
