"""Commands for operators: state of the desk, parked facts, outbound calls, keys, repairs, verification."""
