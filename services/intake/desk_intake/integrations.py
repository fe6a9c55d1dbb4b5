"""Intake's dealings with vendors: the PSA."""

from __future__ import annotations

from desk_intake.psa.gateway import psa_integrations

INTEGRATIONS = psa_integrations
