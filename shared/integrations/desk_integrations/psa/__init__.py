"""Adapters of professional services automation systems, one package per vendor."""
