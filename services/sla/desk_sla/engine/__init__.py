"""The pure core of the SLA engine: calendars, clocks, policies. No I/O, no wall clock, no other package of the desk."""
