"""Starts a Kafka broker in a container, if a Docker engine answers."""

import os
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

from desk_deploy.up.process import LaunchError


def engine_answers() -> bool:
    """Whether a Docker engine answers at DOCKER_HOST (unix or tcp), by default at its usual socket."""
    address = urlsplit(os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock")
    local = address.scheme == "unix"
    try:
        with socket.socket(socket.AF_UNIX if local else socket.AF_INET) as engine:
            engine.settimeout(2)
            engine.connect(address.path if local else (address.hostname or "", address.port or 2375))
            engine.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b" 200 " in engine.recv(200)
    except OSError:
        return False


def start_container() -> tuple[str, Callable[[], None]]:
    """Start a broker in a container; return its HOST:PORT and a function that stops it. LaunchError when that fails."""
    try:
        from docker.errors import DockerException  # type: ignore[import-untyped]
        from testcontainers.community.kafka import KafkaContainer
    except ImportError as error:
        raise LaunchError("a Docker engine answers, but testcontainers is missing: run make install") from error
    try:
        container = KafkaContainer().with_kraft().with_env("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
        container.start()
        return container.get_bootstrap_server(), container.stop
    except (DockerException, TimeoutError) as error:
        raise LaunchError(f"Docker could not start a Kafka broker: {str(error).splitlines()[0]}") from error
