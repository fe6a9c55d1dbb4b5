"""The simulated NinjaOne as command lines start it."""

from desk_simulators.kit.starting.vendor import LEDGER_KEPT, Options, Started, Vendor
from desk_simulators.ninjaone.demo import Demo
from desk_simulators.ninjaone.identity import Behaviour
from desk_simulators.ninjaone.simulator import NinjaOneSimulator


def start(options: Options) -> Started:
    simulator = NinjaOneSimulator(
        behaviour=Behaviour(requests_per_minute=options.requests_per_minute),
        state_file=options.state,
        ledger_capacity=LEDGER_KEPT,
    )
    application = simulator.state.instance.applications[0]
    credentials = {"client_id": application.client_id, "client_secret": application.secrets[0]}
    return Started(simulator, credentials, lambda seed, pace: Demo(simulator.state, seed=seed).run(pace))


VENDOR = Vendor(
    name="ninjaone",
    title="A simulated NinjaOne RMM.",
    port=8181,
    demo="devices at work: an endless trickle of alerts, patches and reboots",
    start=start,
)
