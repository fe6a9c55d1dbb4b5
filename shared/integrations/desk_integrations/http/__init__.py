"""Call budgets shared between processes, and OAuth access tokens, for the connectors' HTTP clients."""
