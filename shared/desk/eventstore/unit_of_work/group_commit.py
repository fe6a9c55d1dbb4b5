"""Commits a group of items in one transaction.

The first try decides on cached state without a lock, which nearly always succeeds. When another process of the service
was first, or the database refuses a row of one item, the group is decided once more under the table lock on state that
is read again, with a savepoint for each item. So an item is decided again at most once, and one that fails there fails
alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple

import psycopg
import structlog

from desk.eventstore.aggregate_replica import Cache
from desk.eventstore.connections.error_classification import is_unavailable, raise_if_unavailable
from desk.eventstore.errors import Conflict, StoreUnavailable
from desk.eventstore.reads import Reads
from desk.eventstore.snapshots import Loader
from desk.eventstore.store import Store
from desk.eventstore.table_writer import AppliedEvent, DbCursor
from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
from desk.eventstore.unit_of_work.unit_of_work import Mark, UnitOfWork
from desk.eventstore.unit_of_work.work_items import R_co, Rows, TryNext, WorkItem, command_ids, decided_on

log = structlog.get_logger(__name__)


class Outcome(NamedTuple, Generic[R_co]):
    """The outcome of one item: its result, or the error that rolled it back."""

    result: R_co
    error: Exception | None = None


AnyItem = WorkItem[object]
AnyOutcome = Outcome[object]


class Stale(Exception):
    """A refusal or an empty result was decided on state that another process has changed since."""


class GroupCommit:
    """Decides groups of items and commits them. One thread at a time."""

    def __init__(
        self,
        store: Store,
        runner: DecisionRunner,
        loader: Loader,
        cache: Cache,
        done: Callable[[list[AppliedEvent]], None],
    ) -> None:
        self._store, self._runner, self._loader, self._cache, self._done = store, runner, loader, cache, done
        self.conflicts = 0

    def commit(self, items: Sequence[AnyItem]) -> list[AnyOutcome]:
        """Commit and return the outcome of each item, durable on return. StoreUnavailable when no outcome is known."""
        unfit = {at: error for at, item in enumerate(items) if (error := _unfit(item)) is not None}
        fit = [item for at, item in enumerate(items) if at not in unfit]
        outcomes = iter(self._fit(fit))
        return [Outcome(None, unfit[at]) if at in unfit else next(outcomes) for at in range(len(items))]

    def _fit(self, items: Sequence[AnyItem]) -> list[AnyOutcome]:
        touched = {aggregate for item in items for aggregate in item.aggregates}
        try:
            return self._group(items)
        except StoreUnavailable:
            self._cache.drop(touched)
            raise
        except Exception:
            self.conflicts += 1
            self._cache.drop(touched)
            return self._locked(items)

    def _group(self, items: Sequence[AnyItem]) -> list[AnyOutcome]:
        work = UnitOfWork(self._runner.owner, self._loader, self._store.read, self._cache)
        self._prepare(work, items)
        outcomes: list[AnyOutcome] = []
        for item in items:
            outcomes.append(_held_back(item, items, outcomes) or self._attempt(work, item))
        self._confirm(work, items, outcomes)
        work.write_postponed()
        work.save()
        batch = work.everything()
        if batch.facts or batch.writes:
            self._store.append(batch)
        self._committed(work)
        return outcomes

    def _attempt(self, work: UnitOfWork, item: AnyItem) -> AnyOutcome:
        mark = work.mark()
        try:
            return Outcome(item.run(work, self._runner))
        except Exception as error:
            raise_if_unavailable(error)
            work.rollback(mark)
            other = _instead(item, error)
            return Outcome(None, error) if other is None else self._attempt(work, other)

    def _confirm(self, work: UnitOfWork, items: Sequence[AnyItem], outcomes: Sequence[AnyOutcome]) -> None:
        facts = {fact.aggregate for fact in work.everything().facts}
        doubtful = {
            aggregate
            for item, outcome in zip(items, outcomes, strict=True)
            if item.recheck_if_unchanged and not isinstance(outcome.error, TryNext)
            for aggregate in item.aggregates
            if aggregate not in facts
        }
        if doubtful:
            versions = self._store.read(lambda reads: reads.versions(sorted(doubtful)))
            if any(work.replica(aggregate).version != version for aggregate, version in versions.items()):
                raise Stale

    def _locked(self, items: Sequence[AnyItem]) -> list[AnyOutcome]:
        with self._store.locked() as cursor:
            work = UnitOfWork(self._runner.owner, self._loader, lambda query: query(Reads(cursor)), None)
            self._remember(work, items)
            outcomes: list[AnyOutcome] = []
            for item in items:
                outcomes.append(_held_back(item, items, outcomes) or self._alone(cursor, work, item))
            mark = work.mark()
            work.save()
            self._store.write(cursor, work.since(mark))
        self._committed(work)
        return outcomes

    def _alone(self, cursor: DbCursor, work: UnitOfWork, item: AnyItem) -> AnyOutcome:
        mark = work.mark()
        try:
            with cursor.connection.transaction():
                result = item.run(work, self._runner)
                work.write_postponed(mark)
                self._store.write(cursor, work.since(mark))
            return Outcome(result)
        except psycopg.IntegrityError as error:
            return self._failed(cursor, work, item, mark, _conflict(error))
        except Exception as error:
            if not is_unavailable(error):
                return self._failed(cursor, work, item, mark, error)
            if cursor.connection.closed or isinstance(error, StoreUnavailable):
                raise
            return self._waits(work, mark, error)

    def _waits(self, work: UnitOfWork, mark: Mark, error: Exception) -> AnyOutcome:
        """The server could not do it now (a lock, a time-out, its disk): no verdict on the item; the others go on."""
        work.rollback(mark)
        away = StoreUnavailable("the database could not do it now; try again")
        away.__cause__ = error
        return Outcome(None, away)

    def _failed(self, cursor: DbCursor, work: UnitOfWork, item: AnyItem, mark: Mark, error: Exception) -> AnyOutcome:
        work.rollback(mark)
        other = _instead(item, error)
        return Outcome(None, error) if other is None else self._alone(cursor, work, other)

    def _prepare(self, work: UnitOfWork, items: Sequence[AnyItem]) -> None:
        work.preload(aggregate for item in items for aggregate in item.aggregates)
        self._remember(work, items)
        self._runner.prepare((aggregate, work.replica(aggregate).state) for aggregate in decided_on(items))

    def _remember(self, work: UnitOfWork, items: Sequence[AnyItem]) -> None:
        ids = command_ids(items)
        if ids:
            work.earlier.update(work.read(lambda reads: reads.commands(ids)))

    def _committed(self, work: UnitOfWork) -> None:
        self._cache.put(work.replicas)
        try:
            self._done(work.everything().changes)
        except Exception as error:
            log.error("a step after the commit failed; the facts are recorded", error=type(error).__name__)


def _unfit(item: AnyItem) -> Exception | None:
    """The error of an item that cannot name its aggregates: it fails alone, before the group begins."""
    try:
        tuple(item.aggregates)
        return None
    except Exception as error:
        return error


def _held_back(item: AnyItem, items: Sequence[AnyItem], outcomes: Sequence[AnyOutcome]) -> AnyOutcome | None:
    """The failure of rows whose `after` items were not recorded; None when the rows may be written."""
    if not isinstance(item, Rows) or not item.after:
        return None
    errors = {id(one): outcome.error for one, outcome in zip(items, outcomes, strict=False)}
    for needed in item.after:
        error = errors.get(id(needed), Conflict("an item that these rows depend on was not recorded before them"))
        if error is not None:
            return Outcome(None, error)
    return None


def _instead(item: AnyItem, error: Exception) -> AnyItem | None:
    try:
        return item.on_failure(error)
    except Exception as second:
        log.error("the fallback of an item failed", error=type(second).__name__, cause=type(error).__name__)
        return None


def _conflict(error: psycopg.Error) -> Conflict:
    return Conflict(str(error).partition("\n")[0])
