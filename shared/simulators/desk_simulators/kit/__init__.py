"""Parts that every simulator is built from: records, ledger, faults, credentials, paging, webhooks, HTTP."""
