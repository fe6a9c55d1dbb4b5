"""The query language of `conditions=` (contract 2.3): text -> expression -> predicate."""

from desk_simulators.connectwise.listing.conditions.evaluate import Predicate, compile_expression
from desk_simulators.connectwise.listing.conditions.expression import Expression, roots
from desk_simulators.connectwise.listing.conditions.lexer import ConditionError
from desk_simulators.connectwise.listing.conditions.parser import parse
from desk_simulators.connectwise.listing.conditions.plan import candidates

__all__ = ["ConditionError", "Expression", "Predicate", "candidates", "compile_expression", "parse", "roots"]
