"""What leaves a replica as a file: tickets, observations, facts."""
