"""`python -m desk_simulators.statuspage --port 8182 --state page.json --demo`"""

from desk_simulators.kit.starting import command_line
from desk_simulators.statuspage.vendor import VENDOR

if __name__ == "__main__":
    raise SystemExit(command_line.main(VENDOR))
