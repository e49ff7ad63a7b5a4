"""What `stackmark build` and `stackmark plan` take for a recipe."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from stackmark.cli import cli
from stackmark.errors import RecipeError


@pytest.mark.parametrize("command", ["build", "plan"])
def test_a_recipe_that_may_not_be_read_is_an_error_of_the_recipe(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may read everything, so that the question is what decides: asking first, or trying to."""
    monkeypatch.setattr(os, "access", lambda *_arguments, **_names: False)
    (tmp_path / "recipe.toml").write_text("name = 3")
    done = CliRunner().invoke(cli, [command, str(tmp_path / "recipe.toml")])
    assert isinstance(done.exception, RecipeError)
