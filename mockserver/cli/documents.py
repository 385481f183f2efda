"""The documents that a command works with: the shipped ones, and those of the user's folders."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from genmock.specs import Catalog, load_catalog

from ..configuration import load_settings

Folders = Annotated[
    list[str] | None, typer.Option("--specs", metavar="DIR", help="folder with further documents (repeatable)")
]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]


def catalog_with(folders: Sequence[str] | None) -> Catalog:
    """Return the shipped catalogue with folders added: those given, else those of the setting ``specs``.

    Raises SettingsError, or SpecError for a folder that cannot be read.
    """
    given = {"specs": list(folders) if folders else None}
    settings = load_settings(given, environ=os.environ, folder=Path.cwd())
    catalog = load_catalog()
    for folder in settings.specs:
        catalog = catalog.with_folder(folder)
    return catalog
