"""Timers: armed with a fact, fired once when due."""
