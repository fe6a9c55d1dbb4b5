"""Fixtures of every test folder: `postgres`, `database`, `kafka`, `kafka_prefix`, `real_data`."""

pytest_plugins = ["desk_deploy.fixtures"]
