"""The policies that a decision may read: their documents, and how they are looked up."""
