"""The folder of a local Kafka cluster, kept between starts."""

import json
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path

from desk_deploy.kafka.properties import Node, server_properties
from desk_deploy.up.process import LaunchError, free_port, port_is_free

Program = Callable[..., list[str]]


class ClusterFolder:
    """`cluster.json` (cluster id, ports) and one folder `broker-N` per broker (settings, data, log)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def home(self, broker: int) -> Path:
        """Folder of one broker, numbered from 1."""
        return self.path / f"broker-{broker}"

    def prepare(self, brokers: int, program: Program) -> dict[int, Node]:
        """Write settings and format storage for every broker. Ports stay the same unless they are in use.

        program(main class, *arguments) returns the command line of one of Kafka's programs."""
        cluster, ports = self._kept() or (_new_id(), [(0, 0)] * brokers)
        if len(ports) != brokers:
            raise LaunchError(f"{self.path} has a cluster of {len(ports)}: start that number, or choose another folder")
        ports = [(_usable(port), _usable(controller)) for port, controller in ports]
        nodes = {i: Node(i, port, controller) for i, (port, controller) in enumerate(ports, start=1)}
        for node in nodes.values():
            self.home(node.id).mkdir(exist_ok=True)
            settings = server_properties(node, list(nodes.values()), self.home(node.id) / "data")
            (self.home(node.id) / "server.properties").write_text(settings)
        self._plan.write_text(json.dumps({"cluster": cluster, "ports": ports}))
        self._format(cluster, list(nodes), program)
        return nodes

    @property
    def _plan(self) -> Path:
        return self.path / "cluster.json"

    def _kept(self) -> tuple[str, list[tuple[int, int]]] | None:
        try:
            kept = json.loads(self._plan.read_text())
            return str(kept["cluster"]), [(int(port), int(controller)) for port, controller in kept["ports"]]
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise LaunchError(f"{self._plan} is damaged: restore it, or choose another folder") from error

    def _format(self, cluster: str, brokers: list[int], program: Program) -> None:
        running = []
        for broker in brokers:
            if not (self.home(broker) / "data" / "meta.properties").exists():
                settings = str(self.home(broker) / "server.properties")
                tool = program("kafka.tools.StorageTool", "format", "-t", cluster, "-c", settings)
                running.append(subprocess.Popen(tool, stdout=subprocess.PIPE, stderr=subprocess.STDOUT))  # noqa: S603
        outputs = [(process, process.communicate()[0]) for process in running]
        for process, output in outputs:
            if process.returncode != 0:
                lines = output.decode("utf-8", "replace").strip().splitlines() or ["no message"]
                raise LaunchError(f"Kafka could not format its storage in {self.path}: {lines[-1]}")


def _new_id() -> str:
    # One id in 64 begins with a hyphen, which Kafka's storage tool reads as an option.
    while (found := urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return found


def _usable(port: int) -> int:
    return port if port and port_is_free(port) else free_port()
