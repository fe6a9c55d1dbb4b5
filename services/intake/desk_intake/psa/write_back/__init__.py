"""How much may be written to a PSA (policy `write-back`): the gate of every call, and the list of withheld ones."""
