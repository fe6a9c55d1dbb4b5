"""The event store of one service: facts, and all rows that are written with them in one transaction.

- `event_log.EventLog` composes the parts, without bus and workers: `store`, `cache`, `runner`, `writer`.
- `unit_of_work.writer.Writer` is the single thread that appends. `await writer.submit(item)` from any loop,
  `submit_wait(item)` from a thread, `together(items)` for one transaction of many. A `Refusal` or an error of one item
  undoes that item only.
- `store.Store`: `append(batch)`, `locked()`, `read(query)` with `reads.Reads`, `execute(work)` for other tables.
- `table_writer.TableWriter` writes rows of a service's own tables in the transaction of the facts;
`table_writer.View` is a read model.
- `tables.Tables`: fact type -> reaction, outbound calls, timers; timer name -> due handler.
- `schema.migrate(url, schema)` migrates the schema; any number of processes may call it at once.

`aggregate_id.aggregate_of(stream, subject)` names an aggregate.
"""
