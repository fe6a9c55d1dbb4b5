"""`python -m desk_simulators.ninjaone --port 8181 --state ninjaone.json --demo`"""

import argparse

from desk_simulators.kit import command_line
from desk_simulators.ninjaone.demo import Demo
from desk_simulators.ninjaone.identity import Behaviour
from desk_simulators.ninjaone.simulator import NinjaOneSimulator

PORT = 8181


async def work(options: argparse.Namespace) -> None:
    simulator = NinjaOneSimulator(
        behaviour=Behaviour(requests_per_minute=options.requests_per_minute),
        state_file=options.state,
        ledger_capacity=command_line.LEDGER_KEPT,
    )
    demo = [Demo(simulator.state, seed=options.seed).run(options.pace)] if options.demo else []
    await command_line.serve(simulator, options, demo)


def main() -> int:
    demo = "devices at work: an endless trickle of alerts, patches and reboots"
    options = command_line.parser("ninjaone", "A simulated NinjaOne RMM.", PORT, demo).parse_args()
    return command_line.run(lambda: work(options))


if __name__ == "__main__":
    raise SystemExit(main())
