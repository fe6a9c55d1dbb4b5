"""Documents that rate labour: rate cards, billing rules, terms of agreements, and the values they hold."""
