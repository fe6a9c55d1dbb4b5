"""The vendors that can be simulated, by the name of their connector's package."""

import importlib
from importlib.resources import files

from desk_simulators.kit.starting.vendor import Vendor


def names() -> tuple[str, ...]:
    """The names of all vendors that describe themselves in a module `vendor`, in order."""
    packages = files(__package__).iterdir()
    return tuple(sorted(folder.name for folder in packages if folder.joinpath("vendor.py").is_file()))


def vendor(name: str) -> Vendor:
    """The vendor of this name. Raises KeyError that lists the names."""
    if name not in names():
        raise KeyError(f"no simulator of {name!r}; there are {', '.join(names())}")
    found: Vendor = importlib.import_module(f"{__package__}.{name}.vendor").VENDOR
    return found
