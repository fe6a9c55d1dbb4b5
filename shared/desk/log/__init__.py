"""The log of one service: its event store, and everything that is written with a fact in one transaction.

How the parts fit, from the outside in:

- `desk.service.Service` composes a service from a `ServiceSpec` of explicit tables.
- `opened.Log` is the heart without bus and workers: `store`, `cache`, `engine`, `writer`.
- `writer.Writer` is the one thread that appends. `await writer.submit(item)` from any loop, `submit_wait(item)` from a
  thread, `together(items)` for one transaction of many. Items: `items.Command` -> `Recorded(events, repeat, heads)`,
  the inbox's, the timers' and the effects' own. A `Refusal` or error of one item undoes that item only.
- `committing.Committer` makes one transaction of a group; conflicts are decided again under the table lock.
- `store.Store`: `append(batch)`, `locked()`, `read(query)` with `reading.Reads` (load, own facts after a position or
  ownerseq, by event ids, all), `execute(work)` for tables beside the log.
- `batch.Sink` lets a service write rows of its own in the transaction of the facts; `batch.View` is a read model.
- `tables.Tables`: fact type -> reaction, effects, timers; timer name -> due handler.
- `language.Language`: bytes, states and sealing; `catalogued.catalogued(seal)` is the published one.
- `migrations.migrate(url, schema)` brings the schema up, safely at once from many processes.
- `inbox.Inbox.apply(records, positions)` takes raw facts from any bus; `bus.port.Bus` is what a bus offers.

Aggregates are named by `keys.aggregate_of(stream, subject)`.
"""
