"""The simulated Statuspage page as command lines start it."""

from desk_simulators.kit.starting.vendor import LEDGER_KEPT, Options, Started, Vendor
from desk_simulators.statuspage.demo import Demo
from desk_simulators.statuspage.identity import Behaviour
from desk_simulators.statuspage.simulator import StatuspageSimulator


def start(options: Options) -> Started:
    simulator = StatuspageSimulator(
        behaviour=Behaviour(requests_per_minute=options.requests_per_minute),
        state_file=options.state,
        ledger_capacity=LEDGER_KEPT,
    )
    return Started(simulator, {}, lambda seed, pace: Demo(simulator.owner, seed=seed).run(pace))


VENDOR = Vendor(
    name="statuspage",
    title="A simulated Statuspage page.",
    port=8182,
    demo="a cloud vendor's months: incidents that are reported, updated, resolved, and now and then removed",
    start=start,
)
