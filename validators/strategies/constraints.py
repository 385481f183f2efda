"""What a prose rule asks of values, read from its expression: bounds, lists and looks of members, and sums compared.

CEL's operators are rewritten as Python's and the expression is read by Python's parser; nothing is executed. A rule of
another shape has no constraints here: who uses it is told (``Unsolved``).
"""

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from keyword import iskeyword
from typing import Any

from ..rules import FUNCTIONS, Rule
from .merging import KIND
from .numbers import exactly

Path = tuple[str, ...]
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_BOUND = {"<": "exclusiveMaximum", "<=": "maximum", ">": "exclusiveMinimum", ">=": "minimum"}
_COUNT = {"<": ("maxItems", -1), "<=": ("maxItems", 0), ">": ("minItems", 1), ">=": ("minItems", 0)}
_TOKENS = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(&&)|(\|\|)|!(?!=)|\b([a-z]+)\b""")
_WORDS = {"true": "True", "false": "False", "null": "None", "in": "in"}


@dataclass(frozen=True)
class Narrow:
    """One member fits a schema. negated: it does not."""

    path: Path
    schema: Mapping[str, Any]
    negated: bool = False

    def opposite(self) -> "Narrow":
        """Return the constraint that holds where this one does not."""
        return Narrow(self.path, self.schema, not self.negated)

    @property
    def wanted(self) -> Mapping[str, Any]:
        """The schema that a value must fit so that the constraint holds."""
        return _negated(self.schema) if self.negated else self.schema

    @property
    def asked(self) -> Mapping[str, Any]:
        """The schema that the member must fit. A member that is null counts as absent, and so fits."""
        return {"anyOf": [{"type": "null"}, self.wanted]}


@dataclass(frozen=True)
class Linear:
    """A sum of members, each times a factor, and a constant compare to nought. sign: "<", "<=", ">" or ">="."""

    terms: tuple[tuple[Path, int], ...]
    constant: int | Fraction
    sign: str

    def opposite(self) -> "Linear":
        """Return the constraint that holds where this one does not."""
        return Linear(self.terms, self.constant, OPPOSITE[self.sign])

    def holds(self, values: Mapping[Path, Any]) -> bool:
        """Return whether it holds for the values of its members."""
        total: int | Fraction = self.constant + sum(factor * _exactly(values[path]) for path, factor in self.terms)
        return {"<": total < 0, "<=": total <= 0, ">": total > 0, ">=": total >= 0}[self.sign]

    def limit(self, path: Path, values: Mapping[Path, Any]) -> tuple[Fraction, bool, bool]:
        """Return (bound, whether it is the greatest value and not the least, whether it is excluded) for one member."""
        factor = dict(self.terms)[path]
        rest = self.constant + sum(other * _exactly(values[p]) for p, other in self.terms if p != path)
        return Fraction(-rest) / factor, (self.sign in ("<", "<=")) == (factor > 0), self.sign in ("<", ">")


Constraint = Narrow | Linear
Ways = tuple[tuple[Constraint, ...], ...]  # the rule holds when all constraints of one way do


class Unsolved(ValueError):
    """A rule has a shape for which no values can be made."""


@dataclass(frozen=True)
class Reading:
    """A rule with its constraints. ways: in the order of the expression; what ``when`` leaves out comes first."""

    rule: Rule
    ways: Ways

    @property
    def paths(self) -> tuple[Path, ...]:
        """The members that it reads."""
        return (*self.rule.needs, *self.rule.defaults)

    @property
    def single(self) -> Sequence[Narrow]:
        """Its constraints when they narrow the only member that it needs, whatever else is sent; else none."""
        if len(self.ways) != 1 or len(self.rule.needs) != 1:
            return ()
        narrow = [each for each in self.ways[0] if isinstance(each, Narrow) and each.path == self.rule.needs[0]]
        return narrow if len(narrow) == len(self.ways[0]) else ()


def read(rule: Rule) -> Reading:
    """Return a rule's constraints. Raises Unsolved, with the rule's name, for an expression of an unknown shape."""
    last = {path: next(part for part in reversed(path) if part != "[]") for path in (*rule.needs, *rule.defaults)}
    names = {_python_name(name): path for path, name in last.items()}
    reader = _Reader(names)
    try:
        ways = reader.ways(_tree(rule.expr), negated=False)
        guard = reader.ways(_tree(rule.when), negated=True) if rule.when else ()
    except (_Unknown, SyntaxError):
        shown = f"{rule.when} -> {rule.expr}" if rule.when else rule.expr
        raise Unsolved(f"rule {rule.id}: no values can be made for an expression like {shown!r}") from None
    return Reading(rule, (*guard, *ways))


class _Unknown(Exception):
    """An expression that has no constraints."""


def _tree(text: str) -> ast.expr:
    def python(found: re.Match[str]) -> str:
        quoted, both, either, word = found.groups()
        return quoted or (both and " and ") or (either and " or ") or (_python_name(word) if word else " not ")

    return ast.parse(_TOKENS.sub(python, text).strip(), mode="eval").body


def _python_name(name: str) -> str:
    """Return a name of CEL as Python can read it: members may be called ``from``."""
    return _WORDS.get(name) or (f"{name}_" if iskeyword(name) else name)


@dataclass(frozen=True)
class _Reader:
    """Reads expressions. names: the members by the names that stand for them."""

    names: Mapping[str, Path]

    def ways(self, node: ast.expr, *, negated: bool) -> Ways:
        """Return the ways in which an expression is true, or false when negated."""
        match node:
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return self.ways(inner, negated=not negated)
            case ast.BoolOp(op=op, values=parts):
                found = [self.ways(part, negated=negated) for part in parts]
                return (
                    _all(found) if isinstance(op, ast.And) != negated else tuple(way for ways in found for way in ways)
                )
            case ast.Compare(left=left, ops=[ast.NotIn() | ast.NotEq() as op], comparators=[right]):
                plain = ast.In() if isinstance(op, ast.NotIn) else ast.Eq()
                return self.ways(ast.Compare(left, [plain], [right]), negated=not negated)
        constraint = self._constraint(node)
        return ((constraint.opposite() if negated else constraint,),)

    def _constraint(self, node: ast.expr) -> Constraint:
        match node:
            case ast.Name(id=name):
                return Narrow(self._path(name), {"enum": [True]})
            case ast.Compare(left=ast.Name(id=name), ops=[ast.In()], comparators=[ast.List(elts=values)]):
                return Narrow(self._path(name), {"enum": [_constant(value) for value in values]})
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._compared(left, _sign(op), right)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="matches"), args=[pattern]):
                return Narrow(self._path(name), {"type": "string", "pattern": str(_constant(pattern))})
            case ast.Call(func=ast.Name(id=function), args=[ast.Name(id=name)]) if function in FUNCTIONS:
                return Narrow(self._path(name), {"type": "string", KIND: function})
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="all"), args=[ast.Name(id=each), inner]):
                return self._each(name, _Reader({each: ()}).ways(inner, negated=False))
        raise _Unknown

    def _each(self, name: str, ways: Ways) -> Narrow:
        if len(ways) == 1 and len(ways[0]) == 1 and isinstance(only := ways[0][0], Narrow) and not only.negated:
            return Narrow(self._path(name), {"items": only.schema})
        raise _Unknown

    def _compared(self, left: ast.expr, sign: str, right: ast.expr) -> Constraint:
        if isinstance(left, ast.Constant) and sign in MIRRORED:
            left, sign, right = right, MIRRORED[sign], left
        match left, right:
            case ast.Name(id=name), ast.Constant(value=value) if sign == "==":
                return Narrow(self._path(name), {"enum": [value]})
            case ast.Name(id=name), ast.Constant(value=value) if sign in _BOUND:
                return Narrow(self._path(name), {_BOUND[sign]: value})
            case ast.BinOp(left=ast.Name(id=name), op=ast.Mod(), right=step), ast.Constant(value=0) if sign == "==":
                return Narrow(self._path(name), {"multipleOf": _constant(step)})
            case ast.Call(func=ast.Name(id="size"), args=[ast.Name(id=name)]), ast.Constant(value=int(count)):
                keyword, beyond = _COUNT.get(sign, ("", 0))
                return Narrow(self._path(name), _one({"type": "array", keyword: count + beyond}, keyword))
        if sign not in OPPOSITE:
            raise _Unknown
        terms, constant = self._sum(ast.BinOp(left, ast.Sub(), right))
        return Linear(tuple(terms.items()), constant, sign)

    def _sum(self, node: ast.expr) -> tuple[dict[Path, int], int | Fraction]:
        match node:
            case ast.Name(id=name):
                return {self._path(name): 1}, 0
            case ast.Constant(value=int() | float() as value):
                return {}, exactly(value)
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
                sign = 1 if isinstance(op, ast.Add) else -1
                (terms, constant), (others, more) = self._sum(left), self._sum(right)
                for path, factor in others.items():
                    terms[path] = terms.get(path, 0) + sign * factor
                return terms, constant + sign * more
        raise _Unknown

    def _path(self, name: str) -> Path:
        if name not in self.names:
            raise _Unknown
        return self.names[name]


def _exactly(value: Any) -> int | Fraction:  # noqa: ANN401 - a JSON number
    return value if type(value) is int else exactly(value)


def _negated(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of what does not fit: bounds as bounds, so that few values have to be tried."""
    match {key: value for key, value in schema.items() if key != "type"}:
        case {"minimum": bound}:
            return {"exclusiveMaximum": bound}
        case {"maximum": bound}:
            return {"exclusiveMinimum": bound}
        case {"exclusiveMinimum": bound}:
            return {"maximum": bound}
        case {"exclusiveMaximum": bound}:
            return {"minimum": bound}
        case {"maxItems": count}:
            return {"minItems": count + 1}
        case {"minItems": count}:
            return {"maxItems": count - 1}
        case {"items": items}:
            return {"items": _negated(items), "minItems": 1}
    return {"not": schema}


def _all(found: Iterable[Ways]) -> Ways:
    """Return the ways in which several things hold at once."""
    result: Ways = ((),)
    for ways in found:
        result = tuple((*one, *other) for one in result for other in ways)
    return result


def _constant(node: ast.expr) -> Any:  # noqa: ANN401 - any JSON scalar
    match node:
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
    raise _Unknown


def _one(schema: Mapping[str, Any], keyword: str) -> Mapping[str, Any]:
    if not keyword:
        raise _Unknown
    return schema


def _sign(op: ast.cmpop) -> str:
    signs: Mapping[type[ast.cmpop], str] = {
        ast.Lt: "<",
        ast.LtE: "<=",
        ast.Gt: ">",
        ast.GtE: ">=",
        ast.Eq: "==",
    }
    return signs.get(type(op), "")
