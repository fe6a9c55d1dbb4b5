"""Fixtures of every test folder: `postgres`, `database`, `kafka`, `kafka_prefix`, `real_data`."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["desk_deploy.fixtures"]

# how long an example takes says how busy the machine is; speed is measured by `make bench`
settings.register_profile("deskstream", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("deskstream")
