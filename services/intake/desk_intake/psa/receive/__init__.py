"""Callbacks of the PSA: verifies, stores and answers them, then reads the records they name."""
