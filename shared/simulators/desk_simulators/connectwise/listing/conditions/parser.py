"""Recursive descent over tokens: or < and < not < comparison."""

import re
from collections.abc import Callable

from desk_simulators.connectwise.listing.conditions.expression import And, Comparison, Expression, Literal, Not, Or
from desk_simulators.connectwise.listing.conditions.lexer import ConditionError, Token, tokens
from desk_simulators.kit.clock import instant

WORD_OPERATORS = ("contains", "like", "in")
WORD_LITERALS: dict[str, Literal] = {"true": True, "false": False, "null": None}
MAX_DEPTH = 50


class Parser:
    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._next = 0
        self._depth = 0

    def whole(self) -> Expression:
        expression = self._disjunction()
        if self._peek().kind != "end":
            raise self._expected("and, or or the end")
        return expression

    def _disjunction(self) -> Expression:
        items = self._series("or", self._conjunction)
        return items[0] if len(items) == 1 else Or(items)

    def _conjunction(self) -> Expression:
        items = self._series("and", self._term)
        return items[0] if len(items) == 1 else And(items)

    def _series(self, word: str, part: Callable[[], Expression]) -> tuple[Expression, ...]:
        items = [part()]
        while self._accept_word(word):
            items.append(part())
        return tuple(items)

    def _term(self) -> Expression:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ConditionError(f"nested deeper than {MAX_DEPTH} levels")
        try:
            if self._accept_word("not"):
                return Not(self._term())
            if self._accept_mark("("):
                inner = self._disjunction()
                self._need_mark(")")
                return inner
            return self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> Expression:
        path = self._take()
        if path.kind != "word":
            raise self._expected("a field name", path)
        parts = tuple(path.text.split("/"))
        negated = self._accept_word("not")
        operator = self._take()
        word = operator.text.lower()
        if operator.kind == "operator" and not negated:
            return Comparison(parts, operator.text, self._literal())
        if operator.kind != "word" or word not in WORD_OPERATORS:
            raise self._expected("an operator (= != < <= > >= contains like in not)", operator)
        value = self._literals() if word == "in" else self._literal()
        comparison = Comparison(parts, word, value)
        return Not(comparison) if negated else comparison

    def _literals(self) -> tuple[Literal, ...]:
        self._need_mark("(")
        values = [self._literal()]
        while self._accept_mark(","):
            values.append(self._literal())
        self._need_mark(")")
        return tuple(values)

    def _literal(self) -> Literal:
        token = self._take()
        if token.kind == "string":
            return re.sub(r"\\(.)", r"\1", token.text[1:-1])
        if token.kind == "number":
            return float(token.text) if "." in token.text else int(token.text)
        if token.kind == "word" and token.text.lower() in WORD_LITERALS:
            return WORD_LITERALS[token.text.lower()]
        if token.kind != "date":
            raise self._expected('a value ("text", [date], number, True, False or null)', token)
        try:
            return instant(token.text[1:-1])
        except ValueError as error:
            raise ConditionError(f"not an ISO date at position {token.at}: {token.text}") from error

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._peek()
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _accept_word(self, word: str) -> bool:
        return self._accept("word", word)

    def _accept_mark(self, mark: str) -> bool:
        return self._accept("mark", mark)

    def _accept(self, kind: str, text: str) -> bool:
        token = self._peek()
        found = token.kind == kind and token.text.lower() == text
        self._next += found
        return found

    def _need_mark(self, mark: str) -> None:
        if not self._accept_mark(mark):
            raise self._expected(f"'{mark}'")

    def _expected(self, what: str, token: Token | None = None) -> ConditionError:
        token = token or self._peek()
        return ConditionError(f"expected {what} at position {token.at}, found {token.text!r}")


def parse(text: str) -> Expression:
    """Read a condition. Raises ConditionError."""
    return Parser(text).whole()
