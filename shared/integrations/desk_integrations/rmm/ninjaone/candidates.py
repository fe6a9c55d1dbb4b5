"""Candidates for a ticket's asset: the vendor's search, then an exact comparison."""

from __future__ import annotations

from desk_connectors.http import RecordGone
from desk_connectors.ninjaone import NinjaOne
from desk_connectors.ninjaone.records import SearchHit
from desk_integrations.kinds.rmm import AssetCandidates, Match
from desk_integrations.outcomes import Empty, Missing, Outcome
from desk_integrations.rmm.ninjaone.parts import unreadable
from desk_integrations.rmm.ninjaone.translation import is_user, name_matches, ranked

MOST_USERS = 5
"""Devices whose last user is asked for one by one where the search does not name it."""
LONGEST_QUERY = 200


class CandidateSearch:
    """The search covers all organisations, so hits of other ones are normal and dropped."""

    def __init__(self, client: NinjaOne) -> None:
        self._client = client

    async def find(self, organization: int, hostname: str, upn: str) -> Outcome[AssetCandidates]:
        """Candidates by host name and by last user. Empty when nothing matches, or nothing was given to look for."""
        matches: dict[int, tuple[SearchHit, tuple[Match, ...]]] = {}
        missing: list[Missing] = []
        if hostname:
            for hit in await self._hits(hostname.partition(".")[0], organization, missing):
                matches[hit.id] = (hit, name_matches(hit, hostname))
        if upn:
            hits = await self._hits(upn.partition("@")[0], organization, missing)
            for hit in await self._of_user(hits, upn, missing):
                _, why = matches.get(hit.id, (hit, ()))
                matches[hit.id] = (hit, (*why, "last-user"))
        candidates = ranked(matches.values())
        if not candidates and not missing:
            return Empty()
        return AssetCandidates(candidates=candidates, missing=tuple(missing))

    async def _hits(self, text: str, organization: int, missing: list[Missing]) -> list[SearchHit]:
        if not text:
            return []
        found = await self._client.search(text[:LONGEST_QUERY])
        missing += unreadable("search", found)
        return [hit for hit in found.records if hit.organization_id == organization]

    async def _of_user(self, hits: list[SearchHit], upn: str, missing: list[Missing]) -> list[SearchHit]:
        """Hits whose last logged-on user is this one."""
        silent = [hit for hit in hits if not hit.last_logged_in_user]
        if len(silent) > MOST_USERS:
            missing.append(Missing("last-user", "cut", rows=len(silent) - MOST_USERS))
        asked = {hit.id: await self._last_user(hit.id) for hit in silent[:MOST_USERS]}
        return [hit for hit in hits if is_user(hit.last_logged_in_user or asked.get(hit.id, ""), upn)]

    async def _last_user(self, device: int) -> str:
        try:
            return (await self._client.last_user(device)).user_name
        except RecordGone:
            return ""
