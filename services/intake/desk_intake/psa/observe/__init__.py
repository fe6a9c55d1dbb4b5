"""Turns PSA records into facts: links records to tickets and observes their transitions."""
