"""Rules of the house that no linter knows: size, pins, words, scripts, and a cheap start."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "stackmark"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if "__pycache__" not in path.parts)
SCRIPTS = sorted(path for path in (ROOT / "script").iterdir() if path.read_bytes().startswith(b"#!/bin/sh"))
HEAVY = ("pyarrow", "daft", "ray", "numba", "numpy", "pandas", "pydantic", "rich", "torch", "transformers")

#: Modules that need no test, each with the reason.
UNTESTED = {
    "__main__.py": "one call of the command line",
    "schema.py": "names and types only",
    "version.py": "one constant",
}

#: Modules, or folders of them, that are parts of something larger, and the test of that.
TESTED_THROUGH = {
    "commands": "test_cli.py",
    "facts.py": "quality/test_facts_text.py",
    "pipeline.py": "end_to_end/test_build.py",
    "steps": "end_to_end/test_build.py",
    "languages/detection.py": "languages/test_strategies.py",
    "languages/shebang.py": "languages/test_strategies.py",
    "licenses/match.py": "licenses/test_detect.py",
    "optout/places.py": "optout/test_matching.py",
    "ner/predictor.py": "ner/test_model.py",
    "pii/addresses.py": "pii/test_scan.py",
    "pii/documents.py": "commands/test_pii.py",
    "pii/sarif.py": "commands/test_pii.py",
    "pii/facts_names.py": "end_to_end/test_names.py",
    "pii/guards.py": "pii/test_scan.py",
    "pii/names_cues.py": "pii/test_names.py",
    "pii/names_known.py": "pii/test_names.py",
    "quality/filters": "quality/test_filters.py",
    "release/changelog.py": "release/test_finish.py",
    "release/changes.py": "release/test_diff.py",
    "release/consistency.py": "release/test_verify.py",
    "release/joins.py": "release/test_verify.py",
    "release/pages.py": "release/test_card.py",
    "release/removed.py": "release/test_diff.py",
    "release/report.py": "release/test_documents.py",
    "release/story.py": "release/test_explain.py",
    "release/summary.py": "release/test_card.py",
    "release/swhids.py": "release/test_finish.py",
    "release/tables.py": "release/test_verify.py",
}


def pins(name: str) -> dict[str, str]:
    """Read a requirement file: package to version. Every line must be an exact pin."""
    lines = (ROOT / "requirements" / name).read_text().splitlines()
    found = [re.fullmatch(r"([A-Za-z0-9._-]+)==([0-9][\w.+!-]*)", line) for line in lines if not line.startswith("#")]
    assert all(found), f"requirements/{name} has a line that is no exact pin"
    return {canonicalize_name(match[1]): match[2] for match in found if match}


@cache
def tracked() -> tuple[Path, ...]:
    """List the text files of the repository: what git has or would take."""
    if not (ROOT / ".git").exists():
        pytest.skip("a source distribution does not tell which files are the project's")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    paths = [ROOT / name for name in names if name]
    return tuple(path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:8192])


class TestInstall:
    def test_the_core_is_small(self) -> None:
        assert len(pins("core.txt")) <= 40

    def test_the_core_has_neither_models_nor_a_web_framework(self) -> None:
        banned = {"torch", "transformers", "fastapi", "flask", "django", "starlette", "uvicorn"}
        assert not banned & pins("core.txt").keys()

    def test_the_pins_satisfy_the_project(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        core = pins("core.txt")
        asked = {"core.txt": project["dependencies"]}
        asked |= {f"{extra}.txt": needs for extra, needs in project["optional-dependencies"].items()}
        for name, needs in asked.items():
            known = core | pins("dev.txt") | pins(name)
            for need in map(Requirement, needs):
                assert need.specifier.contains(known[canonicalize_name(need.name)]), f"{need} in {name}"

    def test_extras_go_together(self) -> None:
        """What an extra pins stands on top of core.txt and dev.txt; two extras may need the same, in one version."""
        core, dev = pins("core.txt"), pins("dev.txt")
        assert not core.keys() & dev.keys()
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        seen: dict[str, str] = {}
        for extra in project["optional-dependencies"]:
            found = pins(f"{extra}.txt")
            assert not (core | dev).keys() & found.keys()
            assert {name: seen.get(name, version) for name, version in found.items()} == found
            seen |= found


class TestStart:
    @pytest.mark.parametrize(
        "code",
        [
            "import stackmark",
            "from stackmark.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass",
        ],
        ids=["import stackmark", "stackmark --help"],
    )
    def test_starts_without_heavy_modules(self, code: str) -> None:
        code += f"\nimport sys; print('loaded:', sorted(set(sys.modules) & {set(HEAVY)!r}))"
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        assert done.stdout.splitlines()[-1] == "loaded: []"


class TestSource:
    @pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
    def test_module_is_short(self, path: Path) -> None:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 450

    @pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
    def test_module_has_a_test(self, path: Path) -> None:
        """A test in the mirrored folder has its name or the first part of it, or imports it."""
        place = path.relative_to(SOURCE)
        if path.name == "__init__.py" or str(place) in UNTESTED:
            return
        through = TESTED_THROUGH.get(str(place)) or TESTED_THROUGH.get(str(place.parent))
        if through and (ROOT / "tests" / through).exists():
            return
        folder = ROOT / "tests" / place.parent
        if any(path.stem.startswith(test.stem.removeprefix("test_")) for test in folder.glob("test_*.py")):
            return
        dotted = ".".join(("stackmark", *place.with_suffix("").parts))
        assert any(dotted in imports(test) for test in folder.glob("test_*.py")), f"nothing in {folder} tests it"

    @pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
    def test_module_trusts_no_code_that_comes_with_a_model(self, path: Path) -> None:
        keywords = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.keyword)]
        asked = [ast.unparse(one.value) for one in keywords if one.arg == "trust_remote_code"]
        assert set(asked) <= {"False"}

    def test_exceptions_are_still_there(self) -> None:
        assert [name for name in (*UNTESTED, *TESTED_THROUGH) if not (SOURCE / name).exists()] == []

    def test_every_test_folder_is_a_package(self) -> None:
        folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
        assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def imports(path: Path) -> set[str]:
    """Give every dotted name that a module imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


# With brackets in the words, so that this file does not hold what it forbids.
FORBIDDEN = {
    "a path of somebody's machine": re.compile(r"(?<![\w.~$-])/(?:[w]ork/(?:main|shared)|[o]pt/dev|[r]oot/)"),
    "the host of a registry": re.compile(
        r"(?i)(?:[p]ypi\.org|[p]ythonhosted\.org|[n]pmjs\.(?:org|com)|[d]eb\.debian\.org)"
    ),
    "a word on how the project is written": re.compile(r"(?i)\b(?:[a]nthropic|[c]laude|[c]hatgpt|[c]opilot)\b"),
}


class TestWords:
    @pytest.mark.parametrize("what", FORBIDDEN)
    def test_no_file_holds(self, what: str) -> None:
        found = []
        # The names of those who give out keys, and the words that a model knows, are data there.
        data = {SOURCE / "pii" / "rules", SOURCE / "pii" / "model"}
        for path in (path for path in tracked() if data.isdisjoint(path.parents)):
            for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                if FORBIDDEN[what].search(line):
                    found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
        assert found == []

    def test_the_patterns_find_what_they_are_for(self) -> None:
        examples = [text.replace("_", "") for text in ("cd /r_oot/x", "https://p_ypi.org/simple", "by C_laude")]
        for pattern, example in zip(FORBIDDEN.values(), examples, strict=True):
            assert pattern.search(example)


class TestScripts:
    def test_all_five_are_there(self) -> None:
        assert {"setup", "demo", "test", "lint", "bench"} <= {path.name for path in SCRIPTS}

    @pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
    def test_is_short_posix_sh_that_can_be_run(self, path: Path) -> None:
        subprocess.run(["sh", "-n", path], check=True)
        assert path.stat().st_mode & 0o111
        lines = path.read_text().splitlines()
        assert len(lines) <= 40
        assert "set -eu" in lines
        assert not re.search(r"\[\[|\bfunction \w|\blocal \w|<<<|\$\{\w+[/^,]", path.read_text()), "not POSIX"

    def test_bench_names_the_benchmarks_when_asked_for_none(self) -> None:
        done = subprocess.run([ROOT / "script" / "bench"], capture_output=True, text=True)
        assert done.returncode == 2
        assert "build" in done.stderr.split()
