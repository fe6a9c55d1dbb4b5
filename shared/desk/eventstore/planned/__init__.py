"""Rows planned with a fact, in its transaction: outbound calls and timers."""
