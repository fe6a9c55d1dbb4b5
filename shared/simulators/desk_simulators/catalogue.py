"""The vendors that can be simulated, by the name of their connector's package."""

import importlib
import pkgutil

from desk_simulators.kit.starting.vendor import Vendor

OTHERS = ("kit",)


def names() -> tuple[str, ...]:
    """The names of all vendors, in order."""
    package = importlib.import_module(__package__)
    found = (module.name for module in pkgutil.iter_modules(package.__path__) if module.ispkg)
    return tuple(sorted(name for name in found if name not in OTHERS))


def vendor(name: str) -> Vendor:
    """The vendor of this name. Raises KeyError that lists the names."""
    if name not in names():
        raise KeyError(f"no simulator of {name!r}; there are {', '.join(names())}")
    found: Vendor = importlib.import_module(f"{__package__}.{name}.vendor").VENDOR
    return found
