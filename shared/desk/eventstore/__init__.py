"""The event store of one service: facts, and everything written with a fact in one transaction.

- `event_log.Log` puts the parts together without bus and workers: `store`, `cache`, `runner`, `writer`.
- `unit_of_work.writer.Writer` is the one thread that appends. `await writer.submit(item)` from any loop,
  `submit_wait(item)` from a thread, `together(items)` for one transaction of many. A `Refusal` or an error of one item
  undoes that item only.
- `store.Store`: `append(batch)`, `locked()`, `read(query)` with `reads.Reads`, `execute(work)` for tables beside it.
- `table_writer.Sink` writes rows of a service's own tables in the transaction of the facts; `table_writer.View` is a
  read model.
- `tables.Tables`: fact type -> reaction, outbound calls, timers; timer name -> due handler.
- `schema.migrate(url, schema)` brings the schema up, safely at once from many processes.

`aggregate_id.aggregate_of(stream, subject)` names an aggregate.
"""
