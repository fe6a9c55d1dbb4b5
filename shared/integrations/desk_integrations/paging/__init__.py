"""Adapters of paging systems, one package per vendor."""
