"""What sla decides. Pure: the ticket with its timeline, the moment and the documents come in."""
