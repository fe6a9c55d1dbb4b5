"""Callbacks: who listens, what is sent, when and how often."""
