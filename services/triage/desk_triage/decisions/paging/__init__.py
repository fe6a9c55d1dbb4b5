"""Decisions on pages of the person on call: commands, and the course of a page by itself. Pure."""
