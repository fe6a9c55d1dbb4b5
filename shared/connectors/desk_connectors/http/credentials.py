"""The error for refused credentials, apart from a refusal of one call."""

from __future__ import annotations

from desk_connectors.http.errors import VendorRefused


class CredentialsRefused(VendorRefused):
    """The vendor refused the credentials themselves at its token endpoint.

    Every call of the instance fails until they are replaced. A 401 or 403 of one resource is a plain `VendorRefused`:
    it often means that a module is not switched on, or that a right is missing.
    """
