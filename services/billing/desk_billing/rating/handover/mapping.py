"""The mapping of a hand-over: customers, items, accounts and tax as the accounts call them. Tax is theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from desk.decision.policies.document import Code, Document

Text = Annotated[str, Field(max_length=200)]


class Customer(Document):
    """A client in the accounts."""

    name: Text
    email: Text = ""


class AccountsMapping(Document):
    """How labour is called in the accounts. A client without a customer keeps its id as the name."""

    customers: Mapping[Code, Customer] = {}
    item: Text = "Labour"
    account_code: Text = ""
    tax_type: Text = ""
    tracking_name: Text = ""
    terms: Text = ""
    due_days: Annotated[int, Field(ge=0, le=365)] = 30

    def customer(self, client: str) -> Customer:
        """The customer of a client."""
        return self.customers.get(client) or Customer(name=client)
