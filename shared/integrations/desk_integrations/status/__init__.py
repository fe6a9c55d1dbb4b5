"""Adapters of vendors' status pages, one package per product that serves them."""
