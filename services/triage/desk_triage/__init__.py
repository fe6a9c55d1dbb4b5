"""Triage: priority, dispatch, diagnosis, fix and verification; it alone rules on cycles."""
