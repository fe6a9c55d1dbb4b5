"""Adapters of network monitoring systems, one package per vendor."""
