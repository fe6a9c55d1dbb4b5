"""Attempts within a cycle: fixes, and their verification."""
