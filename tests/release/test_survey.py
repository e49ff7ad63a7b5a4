from __future__ import annotations

from pathlib import Path

from stackmark.release import manifest, survey
from stackmark.release.finish import document
from tests.release import synthetic
from tests.release.synthetic import INFO, NOTICES, STANDARD


def test_a_survey_comes_back_from_json_as_it_was(tmp_path: Path) -> None:
    synthetic.write_tables(tmp_path / "r", STANDARD)
    found = survey.take(tmp_path / "r", NOTICES)
    assert survey.loads(survey.dumps(found)) == found


def test_documents_of_a_stored_survey_are_those_of_the_tables(tmp_path: Path) -> None:
    whole = synthetic.release(tmp_path / "whole")
    synthetic.write_tables(tmp_path / "r", STANDARD)
    stored = survey.dumps(survey.take(tmp_path / "r", NOTICES))
    document(tmp_path / "r", INFO, survey.loads(stored))
    assert manifest.digest(tmp_path / "r") == whole.digest


def test_a_table_that_rots_after_the_survey_is_found_by_verify(tmp_path: Path) -> None:
    synthetic.write_tables(tmp_path / "r", STANDARD)
    found = survey.take(tmp_path / "r", NOTICES)
    table = min((tmp_path / "r" / "ledger").glob("*.parquet"))
    data = bytearray(table.read_bytes())
    data[len(data) // 2] ^= 1
    table.write_bytes(data)
    document(tmp_path / "r", INFO, found)
    report = synthetic.Release.open(tmp_path / "r").verify(deep=False)
    assert [problem.path for problem in report.problems][:1] == [f"ledger/{table.name}"]
