"""`python -m desk_simulators.pagerduty --port 8185 --state pagerduty.json --demo`"""

from desk_simulators.kit.starting import command_line
from desk_simulators.pagerduty.vendor import VENDOR

if __name__ == "__main__":
    raise SystemExit(command_line.main(VENDOR))
