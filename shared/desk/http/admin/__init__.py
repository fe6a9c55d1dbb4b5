"""Routes for operators: status, parked facts, outbound calls, policies, keys."""
