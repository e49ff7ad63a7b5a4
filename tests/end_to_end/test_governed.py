"""A build that looks for personal data and near-duplicates: what leaves, what stays, and that no secret is anywhere."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import stackmark
from tests import building

# Put together here, so that this file is not itself a finding.
SECRETS = {
    "mail": "maria.keller" + "@" + "widget-forge.io",
    "other mail": "tom" + "@" + "widget-forge.io",
    "token": "ghp_" + "a8Fk2LmQ9xZ7vB3nR5tY1wC6dE0gH4jK8sP2",
    "password": "Tr0ub4dor&" + "Zebra9",
    "address": "81.2.69" + ".142",
}
#: An armoured key of noise, so long that it can be nothing else.
KEY = "\n".join(
    [
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        *["MIIEowIBAAKCAQEAq7ZxkP3vR9sT2uW5yA8bC1dF4gH6jK0m"] * 12,
        "-----END RSA " + "PRIVATE KEY-----",
    ]
)


def functions(count: int, changed: str = "") -> str:
    """Return a module of many functions; `changed` makes it differ in one place."""
    parts = [f"def compute_{n}(value, other):\n    return value * {n} + other - {n * n}\n" for n in range(count)]
    return f"# {changed} module of arithmetic\n" + "\n".join(parts)


def settings() -> str:
    return (
        f'MAIL = "{SECRETS["mail"]}"\nCOPY = "{SECRETS["mail"]}"\nOTHER = "{SECRETS["other mail"]}"\n'
        f'TOKEN = "{SECRETS["token"]}"\npassword = "{SECRETS["password"]}"\nSERVER = "{SECRETS["address"]}"\n\n\n'
        'def connect(server=SERVER, mail=MAIL):\n    """Connect to the server and tell it who is there."""\n'
        '    return f"{server} {mail}"\n'
    )


FILES = {
    "LICENSE": building.MIT,
    "src/settings.py": settings().encode(),
    "src/again.py": f'def owner():\n    """Tell who owns it."""\n    return "{SECRETS["mail"]}"\n'.encode(),
    "src/maths.py": functions(50).encode(),
    "src/maths_old.py": functions(50, "old").encode(),
    "src/maths_older.py": functions(50, "old").encode(),
    "deploy/keys.py": f'KEY = """{KEY}"""\n\n\n'.encode() + building.python("deploy", 60),
}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> stackmark.Release:
    folder = tmp_path_factory.mktemp("governed")
    building.repository(folder / "repo", FILES)
    return stackmark.build(recipe(folder))


def recipe(folder: Path, workers: int = 1) -> Path:
    extra = '[dedup]\nnear = 0.7\n[pii]\nsensitivity = "balanced"\n[pii.actions]\nPRIVATE_KEY = "drop"\n'
    building.recipe(folder, 'kind = "git"\npath = "repo"\norigin = "https://forge.example/maria/tool"', extra=extra)
    return folder / "recipe.toml"


def rows(release: stackmark.Release) -> dict[str, dict[str, object]]:
    found = [row for path in release.path.glob("data/*/*.parquet") for row in pq.ParquetFile(path).read().to_pylist()]
    return {row["path"]: row for row in found}


def ledger(release: stackmark.Release) -> dict[str, dict[str, object]]:
    return {row["path"]: row for row in pq.read_table(release.path / "ledger").to_pylist()}


def test_release_verifies(release: stackmark.Release) -> None:
    assert release.verify().problems == ()


def test_values_are_replaced_and_the_code_still_parses(release: stackmark.Release) -> None:
    row = rows(release)["/src/settings.py"]
    said = str(row["content"])
    assert row["redactions"] == 6
    assert not any(secret in said for secret in SECRETS.values())
    assert ast.parse(said)
    assert said.count("user1") == 2
    assert "192.0.2.1" in said


def test_equal_values_are_equal_in_the_whole_repository(release: stackmark.Release) -> None:
    first, second = (str(rows(release)[path]["content"]) for path in ("/src/again.py", "/src/settings.py"))
    after = first.split('return "')[1].split('"')[0]
    assert after in second


def test_what_the_recipe_does_not_let_pass_is_dropped(release: stackmark.Release) -> None:
    row = ledger(release)["deploy/keys.py"]
    assert (row["outcome"], row["stage"], row["rule"]) == ("dropped", "pii", "personal-data")
    assert "PRIVATE_KEY" in str(row["detail"])


def test_near_duplicates_name_what_is_kept(release: stackmark.Release) -> None:
    fates = ledger(release)
    (kept,) = (path for path in fates if "maths" in path and fates[path]["outcome"] == "kept")
    others = [fates[path] for path in fates if "maths" in path and path != kept]
    assert {row["outcome"] for row in others} <= {"near-duplicate", "duplicate"}
    assert {row["kept_path"] for row in others} == {kept}
    assert all(0.7 <= float(str(row["jaccard"])) <= 1 for row in others)
    assert rows(release)[f"/{kept}"]["near_duplicates"] == 1


def test_audit_says_where_and_never_what(release: stackmark.Release) -> None:
    audit = pq.read_table(release.path / "audit").to_pylist()
    before, after = FILES["src/settings.py"], str(rows(release)["/src/settings.py"]["content"]).encode()
    mine = [row for row in audit if row["path"] == "src/settings.py"]
    assert before[mine[0]["start"] : mine[0]["end"]].decode() == SECRETS["mail"]
    for row in mine:
        assert after[row["start_after"] : row["end_after"]] not in before
    # The first address stands in src/again.py as well, which comes before.
    assert [row["ordinal"] for row in mine if row["type"] == "EMAIL_ADDRESS"] == [1, 1, 2]


def test_explain_tells_of_redactions_and_clusters(release: stackmark.Release) -> None:
    (decision,) = release.explain("https://forge.example/maria/tool#src/settings.py")
    assert dict(decision.redactions)["EMAIL_ADDRESS"] == 3
    assert any("Redacted: " in line for line in decision.lines)


def test_no_secret_is_anywhere_in_a_release_or_in_what_a_build_says(tmp_path: Path) -> None:
    building.repository(tmp_path / "repo", FILES)
    command = [sys.executable, "-m", "stackmark", "--debug", "build", str(recipe(tmp_path)), "--json"]
    done = subprocess.run(command, capture_output=True, check=True, env={**os.environ, "COLUMNS": "200"})
    path = Path(json.loads(done.stdout)["path"])
    told = [done.stdout, done.stderr]
    for command in (["verify"], ["explain"]):
        target = ["https://forge.example/maria/tool#src/settings.py"] if command == ["explain"] else []
        more = subprocess.run(
            [sys.executable, "-m", "stackmark", *command, str(path), *target], capture_output=True, check=True
        )
        told += [more.stdout, more.stderr]
    for file in sorted(path.rglob("*")):
        if file.suffix == ".parquet":
            told.append(repr(pq.ParquetFile(file).read().to_pylist()).encode())
        if file.is_file():
            told.append(file.read_bytes())
    work = path.parents[1]
    told += [file.read_bytes() for file in sorted((work / "stages").rglob("*.json"))]
    told += [repr(pq.read_table(file).to_pylist()).encode() for file in sorted((work / "stages").rglob("*.parquet"))]
    for secret in [*SECRETS.values(), KEY.splitlines()[1]]:
        assert not any(secret.encode() in text for text in told)


def test_workers_and_order_change_nothing(release: stackmark.Release, tmp_path: Path) -> None:
    building.repository(tmp_path / "repo", FILES)
    assert stackmark.build(recipe(tmp_path), workers=2).digest == release.digest


@pytest.mark.parametrize("drop", [False, True])
def test_fork_is_told_and_dropped_on_request(tmp_path: Path, drop: bool) -> None:
    files = {f"src/part_{n}.py": building.python(f"part_{n}", 5) for n in range(20)} | {"LICENSE": building.MIT}
    building.repository(tmp_path / "one", files)
    building.repository(tmp_path / "two", {**files, "src/new.py": building.python("new")})
    building.repository(tmp_path / "other", {"LICENSE": building.MIT, "other.py": building.python("other", 9)})
    sources = [
        f'kind = "git"\npath = "{name}"\norigin = "https://forge.example/{name}/x"' for name in ("one", "two", "other")
    ]
    extra = f"[dedup]\nrepositories = 0.8\ndrop_repositories = {str(drop).lower()}\n"
    release = stackmark.build(building.recipe(tmp_path, *sources, extra=extra))
    assert release.verify().problems == ()
    origins = pq.read_table(release.path / "provenance" / "origins.parquet").to_pylist()
    told = {row["origin_url"].split("/")[-2]: (row["similar_to"], row["identical"]) for row in origins}
    assert told == {"one": (None, None), "two": ("https://forge.example/one/x", False), "other": (None, None)}
    new = next(row for row in pq.read_table(release.path / "ledger").to_pylist() if row["path"] == "src/new.py")
    assert (new["outcome"], new["rule"]) == (("dropped", "similar-repository") if drop else ("kept", "kept"))
