"""Adapters of remote monitoring and management systems, one module per vendor."""
