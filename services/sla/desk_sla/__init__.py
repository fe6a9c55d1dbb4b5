"""SLA: clocks, pauses and verdicts, judged by versioned policies on calendars."""
