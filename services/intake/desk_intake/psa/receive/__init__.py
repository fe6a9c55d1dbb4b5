"""Callbacks of the PSA: verify, store, answer; read the named records afterwards."""
