"""The simulated ConnectWise PSA as command lines start it."""

from desk_simulators.connectwise.demo.workday import Demo
from desk_simulators.connectwise.identity import Behaviour
from desk_simulators.connectwise.simulator import ConnectWiseSimulator
from desk_simulators.kit.starting.vendor import LEDGER_KEPT, Options, Started, Vendor


def start(options: Options) -> Started:
    simulator = ConnectWiseSimulator(
        behaviour=Behaviour(requests_per_minute=options.requests_per_minute),
        state_file=options.state,
        ledger_capacity=LEDGER_KEPT,
    )
    instance = simulator.state.instance
    key = next(key for key in instance.keys.values() if not key.read_only)
    credentials = {
        "companyId": instance.company_id,
        "publicKey": key.public,
        "privateKey": key.private,
        "clientId": min(instance.client_ids),
    }
    return Started(simulator, credentials, lambda seed, pace: Demo(simulator.state, seed=seed).run(pace))


VENDOR = Vendor(
    name="connectwise",
    title="A simulated ConnectWise PSA.",
    port=8180,
    demo="people at work: an endless trickle of tickets",
    start=start,
)
