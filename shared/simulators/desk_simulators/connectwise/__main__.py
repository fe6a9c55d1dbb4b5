"""`python -m desk_simulators.connectwise --port 8180 --state psa.json --demo`"""

import argparse

from desk_simulators.connectwise.demo.workday import Demo
from desk_simulators.connectwise.identity import Behaviour
from desk_simulators.connectwise.simulator import ConnectWiseSimulator
from desk_simulators.kit import command_line

PORT = 8180


async def work(options: argparse.Namespace) -> None:
    simulator = ConnectWiseSimulator(
        behaviour=Behaviour(requests_per_minute=options.requests_per_minute),
        state_file=options.state,
        ledger_capacity=command_line.LEDGER_KEPT,
    )
    demo = [Demo(simulator.state, seed=options.seed).run(options.pace)] if options.demo else []
    await command_line.serve(simulator, options, demo)


def main() -> int:
    demo = "people at work: an endless trickle of tickets"
    options = command_line.parser("connectwise", "A simulated ConnectWise PSA.", PORT, demo).parse_args()
    return command_line.run(lambda: work(options))


if __name__ == "__main__":
    raise SystemExit(main())
