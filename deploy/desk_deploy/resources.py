"""Files of the deploy folder: next to the package in a source tree, in its folder `files` in a wheel."""

from pathlib import Path


def resource(name: str) -> Path:
    """Path of a file such as `topics.yaml` or `kafka/pom.xml`."""
    package = Path(__file__).parent
    beside = package.parent / name
    return beside if beside.is_file() else package / "files" / name
