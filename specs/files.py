"""Reading JSON, YAML and TOML files as plain values, with errors that name the file."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import DocumentUnreadable

ROOT = Path(__file__).resolve().parent
JSON_SUFFIXES = (".json",)
YAML_SUFFIXES = (".yaml", ".yml")


def fingerprint(data: bytes) -> str:
    """Return the sha256 of bytes, as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes. Raises DocumentUnreadable when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DocumentUnreadable(f"cannot read {path}: {error.strerror}") from error


def parse(data: bytes, path: Path) -> dict[str, Any]:
    """Return the mapping that JSON or YAML bytes hold; the file's ending decides which.

    Raises DocumentUnreadable when the bytes are malformed or hold something other than a mapping.
    """
    try:
        value = _parse_yaml(data) if path.suffix in YAML_SUFFIXES else json.loads(data)
    except ValueError as error:
        raise DocumentUnreadable(f"cannot read {path}: {error}") from error
    if not isinstance(value, dict):
        raise DocumentUnreadable(f"cannot read {path}: a mapping was expected at the top, not {type(value).__name__}")
    return value


def read_toml(path: Path) -> Mapping[str, Any]:
    """Return the table that a TOML file holds. Raises DocumentUnreadable when it is malformed."""
    try:
        return tomllib.loads(read_bytes(path).decode())
    except ValueError as error:
        raise DocumentUnreadable(f"cannot read {path}: {error}") from error


def _parse_yaml(data: bytes) -> object:
    """Return the value of YAML bytes; dates stay text, as JSON would have them."""
    import yaml  # here: the shipped documents are JSON, and start-up should not pay for YAML

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own class attribute, replaced and not mutated
            key: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
            for key, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    try:
        return yaml.load(data, Loader=Loader)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
