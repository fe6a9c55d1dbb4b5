"""`python -m desk_simulators.connectwise --port 8180 --state psa.json --demo`"""

from desk_simulators.connectwise.vendor import VENDOR
from desk_simulators.kit.starting import command_line

if __name__ == "__main__":
    raise SystemExit(command_line.main(VENDOR))
