"""What the documents say is there: commands, options, exit codes, keys, scripts, benchmarks, examples."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from stackmark import errors, recipe
from stackmark.cli import cli
from tests import building

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
COMMANDS = DOCS / "commands.md"


def leaves(group: click.Command, path: tuple[str, ...] = ()) -> dict[str, click.Command]:
    """Give every command that does something, by what is typed."""
    if not isinstance(group, click.Group):
        return {" ".join(path): group}
    context = click.Context(group)
    names = group.list_commands(context)
    below = ((key, group.get_command(context, key)) for key in names)
    return {name: leaf for key, sub in below if sub for name, leaf in leaves(sub, (*path, key)).items()}


@pytest.mark.parametrize(("name", "command"), leaves(cli).items(), ids=lambda value: str(value))
class TestCommands:
    def test_is_documented_with_all_of_its_options(self, name: str, command: click.Command) -> None:
        page = COMMANDS.read_text()
        start = page.find(f"\n## stackmark {name}\n")
        assert start >= 0, f"docs/commands.md has no section 'stackmark {name}'"
        section = page[start + 1 :].partition("\n## ")[0]
        options = [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
        assert [option for option in options if f"`{option}" not in section] == []

    def test_has_every_option_that_is_documented(self, name: str, command: click.Command) -> None:
        section = COMMANDS.read_text().partition(f"\n## stackmark {name}\n")[2].partition("\n## ")[0]
        listed = [
            option for row in re.findall(r"^\| (`--[^|]*)", section, re.M) for option in re.findall("--[a-z-]+", row)
        ]
        assert set(listed) <= {option for parameter in command.params for option in parameter.opts}

    def test_has_help_with_an_example(self, name: str, command: click.Command) -> None:
        assert command.help
        assert f"stackmark {name}" in (command.epilog or "")


def test_every_exit_code_is_documented() -> None:
    classes: list[type[errors.StackmarkError]] = [errors.StackmarkError]
    classes += errors.StackmarkError.__subclasses__()
    codes = {0, errors.INTERRUPTED, *(error.exit_code for error in classes)}
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", COMMANDS.read_text(), re.MULTILINE)}
    assert codes <= listed


def test_every_key_of_a_recipe_is_documented() -> None:
    schema = recipe.schema()
    page = (DOCS / "recipe.md").read_text()
    tables = [schema, *schema["$defs"].values()]
    keys = {key for table in tables for key in table.get("properties", {})}
    assert sorted(key for key in keys if f"`{key}`" not in page) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
class TestPages:
    def test_scripts_and_files_that_it_names_are_there(self, page: Path) -> None:
        named = re.findall(r"`((?:script|benchmarks|docs|examples|requirements|src)/[\w./-]+)", page.read_text())
        assert [name for name in named if not (ROOT / name.rstrip(".")).exists()] == []

    def test_commands_that_it_names_are_there(self, page: Path) -> None:
        known = {name.split()[0] for name in leaves(cli)}
        named = set(re.findall(r"(?:`|\$ )stackmark ([a-z]+)", page.read_text()))
        assert named <= known

    def test_links_lead_somewhere(self, page: Path) -> None:
        links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
        assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_claim_of_the_readme_names_its_benchmark() -> None:
    table = (ROOT / "README.md").read_text().partition("\n## Claims\n")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("|")][2:]
    assert rows
    assert [row for row in rows if not re.search(r"`(?:benchmarks|tests)/[\w./]+`", row)] == []


def blocks(language: str) -> list[str]:
    """Give the code blocks of one language on the README and the pages of docs/, in that order."""
    pages = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
    found = [re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.DOTALL) for page in pages]
    return [block for of_page in found for block in of_page]


def test_recipes_on_the_pages_are_valid() -> None:
    found = [recipe.parse(tomllib.loads(block)) for block in blocks("toml")]
    assert [one.name for one in found] == ["corpus"]


def test_python_and_sql_on_the_pages_run(tmp_path: Path) -> None:
    """In a folder with a recipe over one repository; the README's example builds what the others read."""
    building.repository(tmp_path / "repo", {"LICENSE": building.MIT, "src/main.py": building.python("main")})
    building.recipe(tmp_path, 'kind = "git"\npath = "repo"\norigin = "https://forge.example/alice/tool"')
    (tmp_path / "releases").symlink_to(tmp_path / ".stackmark" / "releases")
    code = "\n".join(blocks("python"))
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "alice/tool#src/main.py: kept" in done.stdout
    statements = [line for block in blocks("sql") for line in block.split(";") if line.strip()]
    code = f"import duckdb\nfor line in {statements!r}: assert duckdb.sql(line).fetchall()"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


def contributions() -> dict[str, dict[str, str]]:
    """Read the examples of CONTRIBUTING.md: section to {path: text}; a block's first line names its file."""
    found: dict[str, dict[str, str]] = {}
    for section in (ROOT / "CONTRIBUTING.md").read_text().split("\n## ")[1:]:
        blocks = re.findall(r"```\w+\n# ((?:src|tests)/\S+)\n(.*?)```", section, re.DOTALL)
        if blocks:
            found[section.splitlines()[0]] = dict(blocks)
    return found


def test_contributing_has_all_five_kinds() -> None:
    titles = " ".join(contributions())
    assert all(kind in titles for kind in ("detector", "filter", "source", "language rule", "opt-out"))


def test_examples_of_contributing_pass_their_own_tests(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name, text in [block for blocks in contributions().values() for block in blocks.items()]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:  # data files are added to, modules are new
            assert path.suffix != ".py" or not file.tell(), f"{name} exists; an example adds a file"
            file.write(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path / "tests")]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "src")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]
    assert re.search(r"\b6 passed", done.stdout), done.stdout
