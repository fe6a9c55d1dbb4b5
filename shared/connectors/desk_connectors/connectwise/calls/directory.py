"""Reads clients, people, devices, agreements, members, and the set-up of boards."""

from __future__ import annotations

import msgspec

from desk_connectors.connectwise.calls.base import Calls
from desk_connectors.connectwise.conditions import Condition
from desk_connectors.connectwise.paging import Listing
from desk_connectors.connectwise.records import (
    Agreement,
    Board,
    BoardStatus,
    CommunicationItem,
    Company,
    CompanyStatus,
    Configuration,
    Contact,
    Member,
    Priority,
    SystemInfo,
)


class DirectoryCalls(Calls):
    """Reads of directory records. Lists put unreadable records into `refused` and return the others."""

    async def company(self, company_id: int) -> Company:
        return await self._get(Company, f"/company/companies/{company_id}")

    def companies(self, conditions: Condition | None = None) -> Listing[Company]:
        return Listing(self._session, Company, "/company/companies", conditions=conditions, tolerant=True)

    def company_statuses(self) -> Listing[CompanyStatus]:
        """Company statuses. The status of a company decides whether it is active."""
        return Listing(self._session, CompanyStatus, "/company/companies/statuses", forward=False, tolerant=True)

    async def contact(self, contact_id: int) -> Contact:
        """The contact with all its communication items."""
        contact = await self._get(Contact, f"/company/contacts/{contact_id}")
        items = await self.communications(contact_id).all()
        return msgspec.structs.replace(contact, communication_items=items)

    def contacts(self, conditions: Condition | None = None) -> Listing[Contact]:
        """Contacts with the communication items that the list has; use `contact` if they must be complete."""
        return Listing(self._session, Contact, "/company/contacts", conditions=conditions, tolerant=True)

    def communications(self, contact_id: int) -> Listing[CommunicationItem]:
        path = f"/company/contacts/{contact_id}/communications"
        return Listing(self._session, CommunicationItem, path, forward=False, tolerant=True)

    async def configuration(self, configuration_id: int) -> Configuration:
        return await self._get(Configuration, f"/company/configurations/{configuration_id}")

    def configurations(self, conditions: Condition | None = None) -> Listing[Configuration]:
        return Listing(self._session, Configuration, "/company/configurations", conditions=conditions, tolerant=True)

    async def agreement(self, agreement_id: int) -> Agreement:
        return await self._get(Agreement, f"/finance/agreements/{agreement_id}")

    def agreements(self, conditions: Condition | None = None) -> Listing[Agreement]:
        return Listing(self._session, Agreement, "/finance/agreements", conditions=conditions, tolerant=True)

    async def member(self, member_id: int) -> Member:
        return await self._get(Member, f"/system/members/{member_id}")

    def members(self, conditions: Condition | None = None) -> Listing[Member]:
        """Members; the vendor's own system members are never listed."""
        return Listing(self._session, Member, "/system/members", conditions=conditions, tolerant=True)

    def boards(self) -> Listing[Board]:
        return Listing(self._session, Board, "/service/boards", forward=False)

    def board_statuses(self, board_id: int) -> Listing[BoardStatus]:
        """The statuses of one board; its tickets can have no others."""
        path = f"/service/boards/{board_id}/statuses"
        return Listing(self._session, BoardStatus, path, forward=False, tolerant=True)

    def priorities(self) -> Listing[Priority]:
        return Listing(self._session, Priority, "/service/priorities", forward=False)

    async def system_info(self) -> SystemInfo:
        """The cheapest call that proves address, keys and client id."""
        return await self._get(SystemInfo, "/system/info")
