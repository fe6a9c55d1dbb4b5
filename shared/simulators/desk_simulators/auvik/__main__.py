"""`python -m desk_simulators.auvik --port 8183 --state auvik.json --demo`"""

from desk_simulators.auvik.vendor import VENDOR
from desk_simulators.kit.starting import command_line

if __name__ == "__main__":
    raise SystemExit(command_line.main(VENDOR))
