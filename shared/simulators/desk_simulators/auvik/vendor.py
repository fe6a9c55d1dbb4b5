"""The simulated Auvik account as command lines start it."""

from desk_simulators.auvik.demo import Demo
from desk_simulators.auvik.identity import Behaviour
from desk_simulators.auvik.simulator import AuvikSimulator
from desk_simulators.kit.starting.vendor import LEDGER_KEPT, Options, Started, Vendor


def start(options: Options) -> Started:
    simulator = AuvikSimulator(
        behaviour=Behaviour(requests_per_minute=options.requests_per_minute),
        state_file=options.state,
        ledger_capacity=LEDGER_KEPT,
    )
    username, key = next(iter(simulator.state.account.keys.items()))
    credentials = {"username": username, "api_key": key}
    return Started(simulator, credentials, lambda seed, pace: Demo(simulator.network, seed=seed).run(pace))


VENDOR = Vendor(
    name="auvik",
    title="A simulated Auvik account.",
    port=8183,
    demo="networks at work: devices that go offline and come back, with their alerts",
    start=start,
)
