"""Outbound calls: planned with a fact, made by workers, recorded with their outcome."""
