"""`python -m desk_simulators.ninjaone --port 8181 --state ninjaone.json --demo`"""

from desk_simulators.kit.starting import command_line
from desk_simulators.ninjaone.vendor import VENDOR

if __name__ == "__main__":
    raise SystemExit(command_line.main(VENDOR))
