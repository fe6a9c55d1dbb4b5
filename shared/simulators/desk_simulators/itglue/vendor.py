"""The simulated IT Glue account as command lines start it."""

from desk_simulators.itglue.demo import Demo
from desk_simulators.itglue.identity import Behaviour
from desk_simulators.itglue.simulator import ItGlueSimulator
from desk_simulators.kit.starting.vendor import LEDGER_KEPT, Options, Started, Vendor

MINUTES = 5
"""The vendor counts calls in windows of five minutes."""


def start(options: Options) -> Started:
    minute = options.requests_per_minute
    behaviour = Behaviour() if minute is None else Behaviour(requests_per_window=minute * MINUTES)
    simulator = ItGlueSimulator(behaviour=behaviour, state_file=options.state, ledger_capacity=LEDGER_KEPT)
    credentials = {"api_key": simulator.state.account.api_key}
    return Started(simulator, credentials, lambda seed, pace: Demo(simulator.state, seed=seed).run(pace))


VENDOR = Vendor(
    name="itglue",
    title="A simulated IT Glue account.",
    port=8184,
    demo="people at work on the documentation: texts that are edited, notes that come and go",
    start=start,
)
