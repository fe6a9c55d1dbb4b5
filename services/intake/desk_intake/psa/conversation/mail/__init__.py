"""Mail as it arrives in a note: whose words are in it, and whether a machine wrote them."""
