"""One module a command: parse, call, print. Adding a command is adding a file that defines `command`.

What commands do is in the rooms; a module here imports nothing heavy until its command is run, so that
`stackmark --help` starts at once.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from pathlib import Path
from typing import Any

import click

__all__ = ["as_json", "find", "recipe_argument", "release_argument", "show", "workdir_option"]

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout instead of tables.")
workdir_option = click.option(
    "--workdir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Default: .stackmark beside the recipe.",
)
recipe_argument = click.argument("recipe", type=click.Path(path_type=Path))
release_argument = click.argument("release", type=click.Path(path_type=Path))


def show(value: Any) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=True))


def find() -> dict[str, click.Command]:
    """Return the commands of this folder by the name of their module."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_"))
    return {name: importlib.import_module(f"{__name__}.{name}").command for name in names}
