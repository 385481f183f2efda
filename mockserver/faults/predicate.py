"""The predicates of faults: CEL expressions over one variable, ``task``. A mistake in one is told when it is set."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any

from genmock.validators import FUNCTIONS, closest, shown

MAX_INTEGER = 2**63 - 1
VARIABLE = "task"
TYPES = frozenset("bool bytes double int list map null_type string type uint".split())
# Source: the CEL specification, "List of Standard Definitions", and its macro `has`.
STANDARD = frozenset(
    "bool bytes contains double duration dyn endsWith getDate getDayOfMonth getDayOfWeek getDayOfYear getFullYear "
    "getHours getMilliseconds getMinutes getMonth getSeconds has int matches size startsWith string timestamp type "
    "uint".split()
)
MAX_LOOPS = 2  # in an expression of 1,000 characters three of them take seconds, and four hours
_LOOP = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(")
_BOUND = re.compile(r"\.(?:all|exists|exists_one|map|filter)\(\s*([A-Za-z_]\w*)\s*,")


class PredicateError(ValueError):
    """An expression is no CEL, or reads what there is not. The text says which and what there is."""


class Predicate:
    """One expression, compiled when it is first needed."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _program(self) -> Any:  # noqa: ANN401 - the CEL library types its programs loosely
        import cel  # here: it loads for half a second, and few servers have a predicate

        try:
            return cel.compile(self._text)
        except ValueError as error:
            reason = str(error).partition("ERROR: ")[2].partition(" expecting ")[0] or str(error)
            raise PredicateError(f"{shown(self._text)} is no CEL expression: {reason}") from None

    def check(self) -> None:
        """Raise PredicateError when the expression can never work."""
        loops = len(_LOOP.findall(self._text))
        if loops > MAX_LOOPS:
            named = "all, exists, exists_one, map, filter"
            raise PredicateError(f"{shown(self._text)} has {loops} loops ({named}); {MAX_LOOPS} are the most")
        for problem in self._problems(self._program):
            raise PredicateError(f"{shown(self._text)} reads {problem}")

    def holds(self, task: Mapping[str, Any]) -> bool:
        """Return whether the expression is true of a task; of one that lacks what it reads, it is not."""
        import cel

        context = cel.Context(variables={VARIABLE: _plain(task)}, functions=dict(FUNCTIONS))
        try:
            return self._program.execute(context) is True
        except (LookupError, ValueError, TypeError, RuntimeError, ArithmeticError):
            return False  # a member that is absent or of another type

    def _problems(self, program: Any) -> Iterator[str]:  # noqa: ANN401
        bound = {VARIABLE, *TYPES, *_BOUND.findall(self._text)}
        for name in program.variables():
            if name not in bound:
                yield f"the variable {name!r}; there is only {VARIABLE!r}, so write {VARIABLE}.{name}"
        known = {*STANDARD, *FUNCTIONS}
        for name in program.functions():
            if name.isidentifier() and not name.startswith("_") and name not in known:
                near = closest(name, sorted(known))
                hint = f"did you mean {near!r}?" if near else f"there are {', '.join(sorted(known))}."
                yield f"the function {name!r}; {hint}"


@lru_cache(maxsize=256)
def predicate(text: str) -> Predicate:
    """Return the predicate of an expression, the same one each time."""
    return Predicate(text)


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value in, any out
    """Return a value as CEL takes it: integers of 64 bits, and text that has a UTF-8 form."""
    if type(value) is int:
        return max(-MAX_INTEGER, min(value, MAX_INTEGER))
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Mapping):
        return {_plain(key): _plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    return value
