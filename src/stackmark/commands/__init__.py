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

__all__ = ["Commands", "as_json", "recipe_argument", "recipe_path", "release_argument", "show", "workdir_option"]

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout instead of tables.")
workdir_option = click.option(
    "--workdir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Default: .stackmark beside the recipe.",
)
# Not click's to judge whether it can be read: that is an error of the recipe, with the exit code of one.
recipe_path = click.Path(path_type=Path, readable=False)
recipe_argument = click.argument("recipe", type=recipe_path)
release_argument = click.argument("release", type=click.Path(path_type=Path))


def show(value: Any) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=True))


class Commands(click.Group):
    """The commands of this folder, each by the name of its module, which is imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """Return the names of all commands."""
        return sorted(info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, None if there is none of that name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"{__name__}.{cmd_name}").command
        return command
