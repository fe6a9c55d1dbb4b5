"""Intake: tickets are opened, callers verified, devices linked; the PSA is read and written; history is imported."""
