"""The pure core of the SLA engine: clocks and policies on the calendars of the desk. No I/O, no wall clock.

The interface, from documents to text:

- ``desk.calendars``: calendars; ``policy.load_policy``: a checked document, ``DocumentError`` otherwise
- ``policy.builtin_calendar``, ``policy.builtin_policy``: what ships; ``policy.review``: rules that can never win
- ``goals.Rulebook``: the documents that may judge; ``history.History``: the events of a ticket
- ``judge.judge``: every clock of every cycle as of an instant; ``position.position``: one clock
- ``ledger.entries``: facts that bring a recorded verdict in line; ``cycles``: first, last, cumulative, shares
- ``explain.explain`` and ``explain_text.as_text``; ``render``: a year as text and SVG; ``differences``: two versions
- ``publication``: when a version may be published
"""
