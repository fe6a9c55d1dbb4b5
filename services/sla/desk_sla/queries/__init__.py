"""Questions about many tickets, or about one at any instant. They read the replica and record nothing."""
