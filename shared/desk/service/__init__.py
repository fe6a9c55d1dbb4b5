"""A service: composed from explicit tables, run as supervised loops."""
