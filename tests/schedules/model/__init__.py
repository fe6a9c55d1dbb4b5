"""A model of intake's gateway, for worlds on real databases: every read brings the whole change log of a record."""
