import time

import pytest

from stackmark.languages.kinds import is_configuration, is_documentation, is_lock_file
from stackmark.languages.rules import is_generated


@pytest.mark.parametrize(
    "path",
    ["README", "README.md", "readme.txt", "README.zh-CN.md", "docs/index.html", "a/doc/x.c", "man/ls.1", "CHANGELOG",
     "ChangeLog.md", "CHANGES", "NEWS", "CONTRIBUTING.md", "INSTALL.linux", "LICENSE", "LICENSE.txt", "COPYING",
     "examples/a.py", "demo/run.sh", "lib/notes.rst", "guide.adoc", "a/b.texi", "Documentation/x.txt", "README.freebsd",
     "Text.pm.3pm", "AUTHORS", "SECURITY.md", "CITATION.cff"],
)  # fmt: skip
def test_documentation(path):
    assert is_documentation(path)
    assert is_documentation(path.encode())


@pytest.mark.parametrize(
    "path",
    ["", "src/main.py", "install.py", "install-sh", "src/news.go", "doctor/a.c", "src/example.c", "history.js",
     "license.php", "lib.so.1", "demos.ts", "manual", "src/security.rb", "release.yml", "todo/app.js"],
)  # fmt: skip
def test_not_documentation(path):
    assert not is_documentation(path)


@pytest.mark.parametrize(
    "path",
    ["setup.cfg", "tox.ini", "pyproject.toml", ".gitignore", ".gitattributes", ".eslintrc", ".eslintrc.json",
     ".babelrc", ".editorconfig", ".github/workflows/test.yml", ".gitlab-ci.yml", ".travis.yml", "package.json",
     "tsconfig.build.json", "go.mod", "requirements-dev.txt", "web.config", "a/docker-compose.yml", ".env.production",
     "x.properties", "App.csproj", ".vscode/settings.json", "composer.json", ".clang-format", "MANIFEST.in"],
)  # fmt: skip
def test_configuration(path):
    assert is_configuration(path)


@pytest.mark.parametrize(
    "path",
    ["", "src/config.py", "setup.py", "Makefile", "CMakeLists.txt", "build.gradle", "data.json", "a.yml", "a.xml",
     "config/routes.rb", "package.json.md", "Cargo.lock", "poetry.lock", "package-lock.json", "requirements.py"],
)  # fmt: skip
def test_not_configuration(path):
    assert not is_configuration(path)


@pytest.mark.parametrize(
    "path",
    ["package-lock.json", "a/yarn.lock", "pnpm-lock.yaml", "Cargo.lock", "poetry.lock", "uv.lock", "Gemfile.lock",
     "go.sum", "composer.lock", "flake.lock", "mix.lock", "rebar.lock", "Pipfile.lock", "pylock.toml",
     "pylock.dev.toml", "gradle.lockfile", ".terraform.lock.hcl", "Package.resolved", "renv.lock", "Manifest.toml"],
)  # fmt: skip
def test_lock_files_are_generated_and_no_configuration(path):
    assert is_lock_file(path)
    assert is_generated(path, b"")
    assert not is_configuration(path)


@pytest.mark.parametrize("path", ["", "lock", "src/lock.c", "lock.py", "file.lock", "yarn.lock.js", "Cargo.toml"])
def test_no_lock_files(path):
    assert not is_lock_file(path)


@pytest.mark.parametrize(
    "bait", ["doc/" * 50_000, "readme-" * 40_000, ".a" * 100_000, "a." * 100_000 + "md", "\x00" * 10**6]
)
def test_hostile_paths_take_no_time(bait):
    start = time.perf_counter()
    is_documentation(bait)
    is_configuration(bait)
    is_lock_file(bait)
    assert time.perf_counter() - start < 0.5
