"""`stackmark pii`: places, formats, exit codes, and that no value is ever said."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from stackmark.commands.pii import command
from stackmark.errors import SourceError, StoreError, UsageError

MAIL = "maria" + "@" + "widget-forge.io"
TEXT = f'# settings\nMAIL = "{MAIL}"\nCOPY = "{MAIL}"\n'
AFTER = TEXT.replace(MAIL, "user1xxxx@example.com")


def run(*arguments: object, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(command, [str(one) for one in arguments], input=stdin, standalone_mode=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "settings.py").write_text(TEXT)
    (tmp_path / "src" / "plain.py").write_text("x = 1\n")
    (tmp_path / "src" / "link.py").symlink_to("settings.py")
    (tmp_path / "src" / ".git").mkdir()
    (tmp_path / "src" / ".git" / "config").write_text(TEXT)
    return tmp_path / "src"


class TestScan:
    def test_findings_end_with_1_and_say_where_but_not_what(self, folder: Path) -> None:
        done = run("scan", folder)
        assert done.return_value == 1
        lines = done.stdout.splitlines()
        assert [line.partition(": ")[0] for line in lines] == [f"{folder}/settings.py:{n}:9" for n in (2, 3)]
        assert "2 findings: 2 EMAIL_ADDRESS" in done.stderr
        assert MAIL not in done.output

    def test_nothing_found_ends_with_0(self, folder: Path) -> None:
        assert run("scan", folder / "plain.py").return_value == 0

    def test_json(self, folder: Path) -> None:
        done = run("scan", folder / "settings.py", "--json")
        found = json.loads(done.stdout)["findings"]
        assert [(row["type"], row["line"], row["column"]) for row in found] == [
            ("EMAIL_ADDRESS", 2, 9),
            ("EMAIL_ADDRESS", 3, 9),
        ]
        assert MAIL not in done.output

    def test_sarif(self, folder: Path) -> None:
        done = run("scan", folder / "settings.py", "--sarif")
        (one,) = json.loads(done.stdout)["runs"]
        assert [result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in one["results"]] == [
            2,
            3,
        ]
        assert {result["ruleId"] for result in one["results"]} == {
            rule["id"] for rule in one["tool"]["driver"]["rules"]
        }
        assert MAIL not in done.output

    def test_standard_input(self) -> None:
        assert run("scan", "-", stdin=TEXT).stdout.startswith("<stdin>:2:9: EMAIL_ADDRESS")

    @pytest.mark.parametrize("what", ["scan", "redact"])
    @pytest.mark.parametrize("stream", ["<&-", ">&-"])
    def test_a_closed_stream_is_told_in_one_line(self, what: str, stream: str) -> None:
        line = f"{sys.executable} -m stackmark pii {what} - {stream}"
        done = subprocess.run(["sh", "-c", line], input=TEXT, capture_output=True, text=True, check=False)
        assert "Traceback" not in done.stderr
        if (what, stream) != ("scan", ">&-"):
            assert (done.returncode, done.stderr.splitlines()[0][-9:]) == (2, "is closed")

    @pytest.mark.parametrize("what", ["scan", "redact"])
    def test_a_column_without_a_table_is_refused(self, what: str, folder: Path) -> None:
        done = run(what, folder / "src" / "plain.py", "--column", "text")
        assert isinstance(done.exception, UsageError)
        assert str(done.exception).startswith("--column")

    def test_parquet_row_by_row(self, tmp_path: Path) -> None:
        pq.write_table(pa.table({"content": ["x = 1", None, TEXT]}), tmp_path / "a.parquet")
        assert run("scan", tmp_path / "a.parquet").stdout.startswith(f"{tmp_path}/a.parquet#2:2:9")

    def test_parquet_without_texts_is_told(self, tmp_path: Path) -> None:
        pq.write_table(pa.table({"number": [1]}), tmp_path / "a.parquet")
        assert isinstance(run("scan", tmp_path / "a.parquet").exception, UsageError)

    def test_what_is_not_there_is_told(self, tmp_path: Path) -> None:
        assert isinstance(run("scan", tmp_path / "none").exception, SourceError)

    def test_binary_is_no_trouble(self, tmp_path: Path) -> None:
        (tmp_path / "a.bin").write_bytes(bytes(range(256)) * 10)
        assert run("scan", tmp_path / "a.bin").return_value == 0


class TestRedact:
    def test_one_file_goes_to_standard_output(self, folder: Path) -> None:
        done = run("redact", folder / "settings.py")
        assert done.stdout == AFTER
        assert (folder / "settings.py").read_text() == TEXT

    def test_standard_input(self) -> None:
        assert run("redact", "-", stdin=TEXT).stdout == AFTER

    def test_in_place_changes_what_has_findings_and_nothing_else(self, folder: Path) -> None:
        (folder / "settings.py").chmod(0o750)
        before = (folder / "plain.py").stat().st_mtime_ns
        assert run("redact", "--in-place", folder).return_value == 0
        assert (folder / "settings.py").read_text() == AFTER
        assert (folder / "settings.py").stat().st_mode & 0o777 == 0o750
        assert (folder / "plain.py").stat().st_mtime_ns == before
        assert (folder / ".git" / "config").read_text() == TEXT

    def test_second_call_changes_nothing(self, folder: Path) -> None:
        run("redact", "--in-place", folder)
        assert "0 replaced" in run("redact", "--in-place", folder).stderr

    def test_parquet_keeps_its_other_columns_and_rows(self, tmp_path: Path) -> None:
        table = pa.table({"id": [1, 2, 3], "content": ["x = 1", None, TEXT]})
        pq.write_table(table, tmp_path / "a.parquet")
        run("redact", tmp_path / "a.parquet", "--output", tmp_path / "b.parquet")
        after = pq.read_table(tmp_path / "b.parquet")
        assert after.to_pydict() == {"id": [1, 2, 3], "content": ["x = 1", None, AFTER]}
        assert after.schema.equals(table.schema)

    def test_audit_says_where_and_not_what(self, folder: Path, tmp_path: Path) -> None:
        run("redact", "--in-place", folder, "--audit", tmp_path / "audit.jsonl")
        rows = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
        assert [(row["type"], row["ordinal"]) for row in rows] == [("EMAIL_ADDRESS", 1), ("EMAIL_ADDRESS", 1)]
        assert MAIL not in (tmp_path / "audit.jsonl").read_text()

    def test_a_link_keeps_pointing_at_what_is_redacted(self, folder: Path) -> None:
        run("redact", "--in-place", folder / "link.py")
        assert (folder / "link.py").is_symlink()
        assert (folder / "settings.py").read_text() == AFTER

    def test_a_place_that_cannot_be_written_is_an_error(self, folder: Path) -> None:
        for option in ("--output", "--audit"):
            done = run("redact", folder / "settings.py", option, folder / "plain.py" / "out")
            assert isinstance(done.exception, StoreError)

    @pytest.mark.parametrize(
        "arguments",
        [
            ["src"],
            ["src", "--output", "x"],
            ["a.parquet"],
            ["-", "--in-place"],
            ["a", "b"],
            ["a", "--in-place", "--output", "x"],
        ],
        ids=" ".join,
    )
    def test_unclear_where_it_goes_is_told(
        self, arguments: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(folder.parent)
        assert isinstance(run("redact", *arguments).exception, UsageError)
