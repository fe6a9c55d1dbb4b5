"""Settings come from DESK_* variables; errors name the variable and no secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from desk.settings import Settings, SettingsError, misspelt, variable

URL = {"DESK_DATABASE_URL": "postgresql://desk:s3cret@127.0.0.1/desk"}


def test_defaults_need_only_the_database() -> None:
    settings = Settings.from_env(URL)
    assert (settings.bus, settings.host, settings.port, settings.stall_after) == ("local", "127.0.0.1", 8700, 60.0)


def test_variables_are_read_and_empty_ones_count_as_not_set() -> None:
    env = URL | {"DESK_BUS": "kafka", "DESK_KAFKA": "a:9092, b:9092", "DESK_PORT": "0", "DESK_HOST": ""}
    settings = Settings.from_env(env)
    assert (settings.bus, settings.kafka, settings.port, settings.host) == ("kafka", "a:9092, b:9092", 0, "127.0.0.1")


def test_options_win_over_variables_and_an_option_not_given_does_not() -> None:
    assert Settings.from_env(URL | {"DESK_PORT": "1"}, port=2, host=None).port == 2


@pytest.mark.parametrize(
    ("env", "line"),
    [
        ({"DESK_DATABASE_URL": ""}, "DESK_DATABASE_URL: not set, and needed"),
        ({"DESK_PORT": "eighty"}, "DESK_PORT: Input should be a valid integer"),
        ({"DESK_PORT": "70000"}, "DESK_PORT: Input should be less than or equal to 65535"),
        ({"DESK_BUS": "rabbit"}, "DESK_BUS: Input should be 'local' or 'kafka'"),
        ({"DESK_BUS": "kafka"}, "DESK_KAFKA: needed when DESK_BUS=kafka"),
        ({"DESK_KAFKA": "localhost"}, "DESK_KAFKA: give host:port"),
        ({"DESK_PEERS": "intake"}, "DESK_PEERS: give service=address"),
        ({"DESK_STALL_AFTER": "0"}, "DESK_STALL_AFTER: Input should be greater than 0"),
        ({"DESK_OIDC_ISSUER": "https://id.example"}, "DESK_OIDC_JWKS: DESK_OIDC_ISSUER and"),
    ],
)
def test_a_wrong_variable_is_named_with_its_remedy(env: dict[str, str], line: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env(URL | env)
    assert line in str(refused.value)


def test_every_wrong_variable_gets_its_line() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({"DESK_PORT": "x", "DESK_BUS": "y"})
    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == [
        "DESK_DATABASE_URL",
        "DESK_BUS",
        "DESK_PORT",
    ]


def test_secrets_stay_out_of_representations_and_errors() -> None:
    assert "s3cret" not in repr(Settings.from_env(URL))
    with pytest.raises(SettingsError) as refused:
        Settings.from_env(URL | {"DESK_BUS": "kafka"})
    assert "s3cret" not in str(refused.value)


def test_settings_do_not_change_while_the_process_runs() -> None:
    settings = Settings.from_env(URL)
    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1


def test_a_misspelt_variable_is_found_and_foreign_ones_are_left_alone() -> None:
    assert misspelt({"DESK_KAFAK": "x", "DESK_PSA_SECRET": "y", "HOME": "/"} | URL) == {"DESK_KAFAK": "DESK_KAFKA"}


def test_every_variable_is_in_the_handbook() -> None:
    page = (Path(__file__).parents[3] / "handbook" / "configuration.md").read_text()
    assert [name for name in map(variable, Settings.model_fields) if f"`{name}`" not in page] == []
