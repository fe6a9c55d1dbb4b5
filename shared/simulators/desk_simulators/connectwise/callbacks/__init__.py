"""Callbacks of the PSA: registrations, levels, payload and signature."""
