"""The simulated PagerDuty account as command lines start it."""

from desk_simulators.kit.starting.vendor import LEDGER_KEPT, Options, Started, Vendor
from desk_simulators.pagerduty.demo import Demo
from desk_simulators.pagerduty.identity import Behaviour
from desk_simulators.pagerduty.seed import ROUTING_KEYS, TIER2
from desk_simulators.pagerduty.simulator import PagerDutySimulator


def start(options: Options) -> Started:
    limit = options.requests_per_minute
    behaviour = Behaviour() if limit is None else Behaviour(requests_per_minute=limit, events_per_minute=limit)
    simulator = PagerDutySimulator(behaviour=behaviour, state_file=options.state, ledger_capacity=LEDGER_KEPT)
    credentials = {"api_key": simulator.state.account.api_keys[0], "routing_key": ROUTING_KEYS[TIER2], "service": TIER2}
    return Started(simulator, credentials, lambda seed, pace: Demo(simulator.pager, seed=seed).run(pace))


VENDOR = Vendor(
    name="pagerduty",
    title="A simulated PagerDuty account.",
    port=8185,
    demo="on-call duty: pages that are acknowledged, escalated and resolved",
    start=start,
)
