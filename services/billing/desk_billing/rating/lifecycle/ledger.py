"""The ledger of a world: applies changes, rates again, and keeps whatever is final."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from msgspec.structs import replace

from desk.calendars.problems import Problem
from desk_billing.rating.lifecycle.account import Account, Adjustment, WriteOff, same
from desk_billing.rating.lifecycle.periods import end_of, later
from desk_billing.rating.lifecycle.world import World, total
from desk_billing.rating.line import Line
from desk_billing.rating.rate import root_of
from desk_billing.rating.steps.demands import Pin, finals
from desk_billing.rating.steps.pools import Closing, close
from desk_billing.rating.steps.settle import PoolState


class Refused(Exception):
    """A change cannot be made; the problem has its code, field and remedy."""

    def __init__(self, code: str, field: str, fault: str, remedy: str) -> None:
        super().__init__(f"{field}: {fault} ({remedy})")
        self.problem = Problem(field, fault, remedy, code)


class Ledger:
    """Accounts of all entries. Open labour is rated again by every change; final labour is adjusted."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.accounts: dict[str, Account] = {}
        self.closed: dict[str, set[str]] = {}
        self.pools: Mapping[str, PoolState] = {}
        self.closings: dict[str, Closing] = {}
        self._closed_draws: dict[str, Pin] = {}
        self._rolled: set[str] = set()
        self._by_rule: dict[str, tuple[Line, ...]] = {}
        self.change(world, "log")

    def change(self, world: World, cause: str) -> None:
        """Rate the labour of the changed world."""
        rated = world.rated(self._pins(world))
        self.world, self.pools = world, rated.pools
        for name in dict.fromkeys((*self.accounts, *world.entries)):
            entry = world.entries.get(name)
            account = self.accounts.get(name)
            client = world.tickets[entry.ticket].client if entry is not None else account.client if account else ""
            if account is None:
                account = self.accounts[name] = Account(name, client)
            account.rate_again(rated.lines.get(name, ()), client, cause)
        self._compare_by_hand(world)

    def _compare_by_hand(self, world: World) -> None:
        """Flag entries rated by hand of which the rules would now say something else than at first."""
        hands = [name for name, entry in world.entries.items() if entry.hand is not None]
        if not hands:
            return
        lines = world.without_hands().rated({}).lines
        for name in hands:
            before = self._by_rule.setdefault(name, lines[name])
            self.accounts[name].differs = not same(before, lines[name])

    def _pins(self, world: World) -> dict[str, Pin]:
        """Final draws and amounts of entries that are still with the same client."""
        found = dict(self._closed_draws)
        for account in self.accounts.values():
            if account.final:
                found.update(finals(account.present))
        ordered = [name for name in world.entries if name in found]
        return {
            name: found[name]
            for name in ordered
            if world.tickets[world.entries[name].ticket].client == self.accounts[name].client
        }

    def invoice(self, invoice: str, entries: Sequence[str], lines: Sequence[int] = ()) -> None:
        """Put open lines and adjustments of the entries on an invoice; `lines` (from 1) limits it to some lines.

        The same invoice again changes nothing. Refused: entries that are wholly on another invoice.
        """
        accounts = [self._account(name) for name in entries]
        for account in accounts:
            other = account.all_invoiced and account.recorded and invoice not in self._invoices(account)
            if other:
                raise Refused(
                    "already_invoiced",
                    "entries",
                    f"{account.entry} is on invoice {', '.join(self._invoices(account))}",
                    "void that invoice first, or leave the entry out",
                )
            if any(number > len(account.recorded) for number in lines):
                raise Refused("invalid_field", "lines", "there is no such line", f"use 1 to {len(account.recorded)}")
        for account in accounts:
            wanted = [number - 1 for number in lines] or list(range(len(account.recorded)))
            for at in wanted:
                account.invoices.setdefault(at, invoice)
            if not lines:
                account.adjustments = [one if one.invoice else _billed(one, invoice) for one in account.adjustments]
            if account.all_invoiced:
                account.written_off = [one if one.invoice else _without(one, invoice) for one in account.written_off]

    @staticmethod
    def _invoices(account: Account) -> list[str]:
        numbers = (*account.invoices.values(), *(one.invoice for one in account.adjustments))
        return list(dict.fromkeys(number for number in numbers if number))

    def void(self, invoice: str) -> None:
        """Open whatever is on the invoice, and rate it again."""
        found = [one for one in self.accounts.values() if invoice in self._invoices(one)]
        if not found:
            raise Refused("unknown_invoice", "invoice", f"there is no invoice {invoice}", "name a recorded invoice")
        for account in found:
            account.invoices = {at: number for at, number in account.invoices.items() if number != invoice}
            account.adjustments = [_billed(one, "") if one.invoice == invoice else one for one in account.adjustments]
            account.written_off = [_without(one, "") if one.invoice == invoice else one for one in account.written_off]
        self.change(self.world, "void")

    def write_off(self, entry: str, count: int | None, amount: Decimal | None, code: str) -> None:
        """Write off minutes or an amount of what is open; all of it when neither is given."""
        account = self._account(entry)
        whole = count is None and amount is None
        off = account.open if whole else amount if amount is not None else account.price_of(count or 0)
        if off > account.open:
            field = "amount" if amount is not None else "minutes"
            raise Refused("more_than_open", field, f"{account.open} is open", "write off at most the open amount")
        account.written_off.append(WriteOff(count or 0, off, code))

    def reverse(self, entry: str) -> None:
        """Undo the write-offs of an entry, and rate it again. Refused: when the rest of the entry is invoiced."""
        account = self._account(entry)
        for number in [one.invoice for one in account.written_off if one.invoice]:
            raise Refused(
                "already_invoiced", "entry", f"invoice {number} has the rest of {entry}", "void that invoice first"
            )
        account.written_off.clear()
        self.change(self.world, "reverse")

    def close(self, client: str, period: str) -> None:
        """Close a billing period: its draws are final, pools that end by then carry or lose the unused part."""
        if period in self.closed.get(client, ()):
            return
        self.closed.setdefault(client, set()).add(period)
        for account in self.accounts.values():
            if account.client == client and any(line.period <= period for line in account.present):
                for name, pin in finals(account.present):
                    self._closed_draws[name] = Pin(pin.drawn, pin.beyond)
        world = self.world
        for pool in world.pools:
            if pool.client == client and pool.to is not None and pool.to <= end_of(period):
                done = close(pool, self.pools[pool.id].left, again=pool.id in self._rolled)
                self.closings[pool.id] = done
                lost = world.expired.get(pool.id, Fraction(0)) + done.expired
                world = replace(world, expired={**world.expired, pool.id: lost})
                if done.carried and pool.rollover is not None:
                    self._rolled.add(pool.id)
                    to = later(pool.to, period, pool.rollover.periods)
                    world = world.with_pool(pool.model_copy(update={"to": to}))
        self.change(world, "close")

    def _account(self, entry: str) -> Account:
        if entry not in self.accounts:
            raise Refused("unknown_entry", "entry", f"there is no entry {entry!r}", "name an entry of the file")
        return self.accounts[entry]

    @property
    def by_root(self) -> dict[str, tuple[int, Decimal]]:
        """Minutes and value by root ticket: labour of merged tickets counts at the root."""
        found: dict[str, tuple[int, Decimal]] = {}
        for name, entry in self.world.entries.items():
            root, account = root_of(entry.ticket, self.world.tickets), self.accounts[name]
            count, amount = found.get(root, (0, Decimal(0)))
            found[root] = count + account.minutes, amount + account.value
        return found

    @property
    def totals(self) -> dict[str, Decimal]:
        """The value of all labour by currency: lines and adjustments, less what was written off."""
        return total([(one.currency, one.value - one.off) for one in self.accounts.values()])


def _without(off: WriteOff, invoice: str) -> WriteOff:
    return replace(off, invoice=invoice)


def _billed(adjustment: Adjustment, invoice: str) -> Adjustment:
    return replace(adjustment, invoice=invoice)
