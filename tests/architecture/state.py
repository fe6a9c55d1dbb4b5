"""Finds state of pure modules that outlives a call: containers of a module or class, and class attributes, that
functions change.

The pure list is the one of import-linter's contract. A cached function (`functools.cache`) is no such state: it returns
the same whether it holds the value or not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from configparser import ConfigParser
from typing import NamedTuple

from .project import ROOT, Module, is_test, modules

CONTAINERS = frozenset(
    (
        *("list", "dict", "set", "bytearray", "defaultdict", "Counter", "deque", "OrderedDict", "ChainMap", "count"),
        *("cycle", "WeakKeyDictionary", "WeakValueDictionary", "WeakSet", "fromkeys"),
    )
)
CHANGES = frozenset(
    (
        *("append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse", "add", "discard", "update"),
        *("setdefault", "popitem", "intersection_update", "difference_update", "symmetric_difference_update"),
        *("appendleft", "popleft", "extendleft", "rotate", "subtract", "move_to_end"),
    )
)
LITERALS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
AT_DEFINITION = frozenset(("__init_subclass__", "__set_name__"))
Function = ast.FunctionDef | ast.AsyncFunctionDef


class State(NamedTuple):
    """Pure modules, and the containers and classes that they define, by dotted name."""

    modules: frozenset[str]
    containers: frozenset[str]
    classes: frozenset[str]


class Scope(NamedTuple):
    """How a function resolves names: those of its module, what they stand for, and the class that it is in."""

    names: dict[str, str]
    owner: str

    def resolve(self, node: ast.expr) -> str:
        """The dotted name that an expression stands for; empty for anything that is not defined at module level."""
        match node:
            case ast.Name(id="self" | "cls") | ast.Call(func=ast.Name(id="type")) if self.owner:
                return self.owner
            case ast.Name(id=name):
                return self.names.get(name, "")
            case ast.Attribute(value=value, attr=attr):
                base = self.resolve(value)
                return f"{base}.{attr}" if base else ""
        return ""


def pure_list() -> tuple[str, ...]:
    """Source modules of the contract of purity in `.importlinter`."""
    parser = ConfigParser()
    parser.read_string((ROOT / ".importlinter").read_text())
    return tuple(parser["importlinter:contract:pure"]["source_modules"].split())


def product() -> Iterator[Module]:
    """Every module of the product, without tests."""
    return (module for module in modules(("shared", "services", "deploy")) if not is_test(module.path))


def dotted(path: str) -> str:
    """`services/sla/desk_sla/engine/judge.py` -> `desk_sla.engine.judge`."""
    parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
    return ".".join(parts[next((at for at, part in enumerate(parts) if part.startswith("desk")), 0) :])


def state_of(pure: Iterable[Module]) -> State:
    """The containers and classes that these modules define."""
    names, containers, classes = set[str](), set[str](), set[str]()
    for module in pure:
        names.add(dotted(module.path))
        _define(dotted(module.path), module.tree.body, containers, classes)
    return State(frozenset(names), frozenset(containers), frozenset(classes))


def _define(prefix: str, body: Sequence[ast.stmt], containers: set[str], classes: set[str]) -> None:
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            name = f"{prefix}.{statement.name}"
            classes.add(name)
            _define(name, statement.body, containers, classes)
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and _is_container(statement.value):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            containers.update(f"{prefix}.{target.id}" for target in targets if isinstance(target, ast.Name))


def _is_container(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        function = value.func.value if isinstance(value.func, ast.Subscript) else value.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        return name in CONTAINERS
    return isinstance(value, LITERALS)


def faults(module: Module, state: State) -> list[str]:
    """`path:line: name` of every place in a function of this module that changes state of a pure module."""
    found = []
    for function, scope in _functions(module):
        for node in ast.walk(function):
            found += [f"{module.path}:{line}: {name}" for line, name in _changed(node, scope, state)]
    return sorted(set(found))


def _functions(module: Module) -> Iterator[tuple[Function, Scope]]:
    """Every outermost function with its scope. Its own names hide those of the module."""
    name = dotted(module.path)
    names = _module_names(name, module)
    pending: list[tuple[str, ast.AST]] = [("", module.tree)]
    while pending:
        owner, block = pending.pop()
        for node in ast.iter_child_nodes(block):
            if isinstance(node, Function):
                if node.name not in AT_DEFINITION:
                    hidden = _own_names(node)
                    yield node, Scope({key: value for key, value in names.items() if key not in hidden}, owner)
            elif isinstance(node, ast.ClassDef):
                pending.append((f"{owner or name}.{node.name}", node))
            elif isinstance(node, ast.stmt):
                pending.append((owner, node))


def _module_names(name: str, module: Module) -> dict[str, str]:
    names: dict[str, str] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = name.split(".")
                parts = parts[: len(parts) - node.level + module.path.endswith("/__init__.py")]
                base = ".".join([*parts, base]).rstrip(".")
            names.update({alias.asname or alias.name: f"{base}.{alias.name}" for alias in node.names})
        elif isinstance(node, ast.Import):
            names.update({alias.asname: alias.name for alias in node.names if alias.asname})
    for statement in module.tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        defined = [target.id for target in targets if isinstance(target, ast.Name)]
        if isinstance(statement, ast.ClassDef):
            defined.append(statement.name)
        names.update({one: f"{name}.{one}" for one in defined})
    return names


def _own_names(function: Function) -> set[str]:
    shared = {name for node in ast.walk(function) if isinstance(node, ast.Global) for name in node.names}
    arguments = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)} - {"self", "cls"}
    stored = {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del)
    }
    return (arguments | stored) - shared


def _changed(node: ast.AST, scope: Scope, state: State) -> Iterator[tuple[int, str]]:
    """The state that a statement or expression changes, with its line."""
    for target in _targets(node):
        name = scope.resolve(target)
        if name in state.containers:
            yield target.lineno, name
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
        instance = isinstance(node.value, ast.Name) and node.value.id == "self"
        if not instance and scope.resolve(node.value) in state.classes:
            yield node.lineno, f"{scope.resolve(node.value)}.{node.attr}"
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
        name = scope.names.get(node.id, "")
        if name.rpartition(".")[0] in state.modules:
            yield node.lineno, name


def _targets(node: ast.AST) -> Iterator[ast.expr]:
    """The containers that a node changes in place."""
    match node:
        case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()):
            yield value
        case ast.AugAssign(target=target):
            yield target
        case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in CHANGES:
            yield value
        case ast.Call(func=ast.Name(id="next"), args=[value, *_]):
            yield value
