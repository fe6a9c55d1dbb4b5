"""`python -m desk_simulators.itglue --port 8184 --state itglue.json --demo`"""

from desk_simulators.itglue.vendor import VENDOR
from desk_simulators.kit.starting import command_line

if __name__ == "__main__":
    raise SystemExit(command_line.main(VENDOR))
