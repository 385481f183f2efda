"""Mutation operators: small changes of Python source, each of one expression or statement inside a function."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

SWAPS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
SUMS: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add}
Functions = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Change:
    """Text from start to end, offsets in characters, becomes ``new``. line: where it stands, from 1 on."""

    operator: str
    line: int
    start: int
    end: int
    new: str


def changes(source: str) -> Iterator[Change]:
    """Yield every change that the operators make of a file: of what functions do, not of their signatures."""
    offsets = [0]
    for line in source.splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))
    lines = source.splitlines()
    for node in _inside(ast.parse(source)):
        for operator, place, new in _mutants(node):
            start, end = (
                offsets[row - 1] + len(lines[row - 1].encode()[:column].decode())
                for row, column in (
                    (place.lineno, place.col_offset),
                    (place.end_lineno or 0, place.end_col_offset or 0),
                )
            )
            text = ast.unparse(ast.fix_missing_locations(new))
            yield Change(operator, place.lineno, start, end, f"({text})" if isinstance(new, ast.expr) else text)


def _inside(tree: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """Yield each expression and statement in the body of a function, once."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Functions):
            documented = ast.get_docstring(node) is not None
            for statement in node.body[documented:]:
                yield from _walk(statement)
        elif isinstance(node, ast.ClassDef | ast.If):
            yield from _inside(node)


def _walk(node: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    if isinstance(node, Functions):  # one inside another
        yield from _inside(ast.Module([node], []))
        return
    if isinstance(node, ast.JoinedStr | ast.ClassDef | ast.pattern):  # Python 3.11 tells no places inside f-strings
        return
    if isinstance(node, ast.expr | ast.stmt):
        yield node
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "decorator_list", "returns"):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _walk(child)


def _mutants(node: ast.expr | ast.stmt) -> Iterator[tuple[str, ast.expr | ast.stmt, ast.expr | ast.stmt]]:
    """Yield (operator, what is replaced, by what)."""
    match node:
        case ast.Compare(left=left, ops=[op], comparators=right) if type(op) in SWAPS:
            yield "comparison", node, ast.Compare(left, [SWAPS[type(op)]()], right)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in SUMS and not _is_text(left, right):
            yield "sum", node, ast.BinOp(left, SUMS[type(op)](), right)
        case ast.BoolOp(op=op, values=values):
            yield "and/or", node, ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.IfExp(test=test) | ast.If(test=test) | ast.While(test=test):
            yield "condition", test, ast.UnaryOp(ast.Not(), test)
        case ast.Constant(value=bool(value)):
            yield "constant", node, ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield "boundary", node, ast.Constant(value + 1)
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break():
            yield "dropped statement", node, ast.Pass()
        case ast.Return(value=value) if value is not None and not _is_none(value):
            yield "return None", node, ast.Return(ast.Constant(None))


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _is_text(*values: ast.expr) -> bool:
    constants = (value.value for value in values if isinstance(value, ast.Constant))
    return any(isinstance(value, ast.JoinedStr) for value in values) or any(isinstance(each, str) for each in constants)
