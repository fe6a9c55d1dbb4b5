"""Batches of items as files for the accounts: QuickBooks Online and Xero. The same batch has the same bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Literal

import msgspec

from desk_billing.rating.handover.items import Due, Item
from desk_billing.rating.handover.mapping import AccountsMapping

Format = Literal["quickbooks", "xero"]
MOST_INVOICES = 500
"""Invoices in one file of Xero."""
FORMULA = ("=", "+", "-", "@")
QUICKBOOKS = (
    *("InvoiceNo", "Customer", "InvoiceDate", "DueDate", "Terms", "Item", "ItemDescription", "ItemQuantity"),
    *("ItemRate", "ItemAmount", "ServiceDate", "Memo"),
)
XERO = (
    *("ContactName", "EmailAddress", "InvoiceNumber", "Reference", "InvoiceDate", "DueDate", "Description", "Quantity"),
    *("UnitAmount", "AccountCode", "TaxType", "TrackingName1", "TrackingOption1", "Currency"),
)


class Batch(msgspec.Struct, frozen=True):
    """The items of one client, currency and period: one invoice."""

    client: str
    currency: str
    period: str
    items: tuple[Item, ...]

    @property
    def number(self) -> str:
        """The number of the invoice until the accounts give another one."""
        return f"{self.client}-{self.period}-{self.currency}"


def batches(found: Iterable[Due]) -> list[Batch]:
    """The items by client, period and currency."""
    by: dict[tuple[str, str, str], list[Item]] = {}
    for one in found:
        by.setdefault((one.client, one.item.currency, one.period), []).append(one.item)
    return [Batch(*key, tuple(items)) for key, items in sorted(by.items())]


def safe(text: str) -> str:
    """Text that a spreadsheet does not run as a formula: an apostrophe before = + - @, a tab or a line break."""
    return f"'{text}" if text.startswith((*FORMULA, "\t", "\r", "\n")) else text


def files(found: Sequence[Batch], style: Format, mapping: AccountsMapping, day: date) -> list[str]:
    """The files of the batches in their order, as CSV in UTF-8. `day` is the date of the invoices."""
    most = MOST_INVOICES if style == "xero" else max(1, len(found))
    return [_file(found[at : at + most], style, mapping, day) for at in range(0, len(found), most)]


def _file(found: Sequence[Batch], style: Format, mapping: AccountsMapping, day: date) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(XERO if style == "xero" else QUICKBOOKS)
    rows = _xero if style == "xero" else _quickbooks
    for batch in found:
        writer.writerows(rows(batch, mapping, day))
    return text.getvalue()


def _quickbooks(batch: Batch, mapping: AccountsMapping, day: date) -> Iterator[tuple[str, ...]]:
    due, customer = day + timedelta(days=mapping.due_days), mapping.customer(batch.client)
    head = (safe(batch.number), safe(customer.name), f"{day}", f"{due}", safe(mapping.terms), safe(mapping.item))
    for item in batch.items:
        money = (str(item.quantity), str(item.rate), str(item.amount))
        yield (*head, safe(item.text), *money, item.day, safe(item.entry))


def _xero(batch: Batch, mapping: AccountsMapping, day: date) -> Iterator[tuple[str, ...]]:
    due, customer = day + timedelta(days=mapping.due_days), mapping.customer(batch.client)
    head = (safe(customer.name), safe(customer.email), safe(batch.number), batch.period, f"{day}", f"{due}")
    codes = (safe(mapping.account_code), safe(mapping.tax_type), safe(mapping.tracking_name))
    for item in batch.items:
        option = safe(item.technician) if mapping.tracking_name else ""
        yield (*head, safe(item.text), str(item.quantity), str(item.rate), *codes, option, batch.currency)
