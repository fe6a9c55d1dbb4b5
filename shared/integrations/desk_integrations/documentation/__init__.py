"""Adapters of documentation systems, one package per vendor."""
