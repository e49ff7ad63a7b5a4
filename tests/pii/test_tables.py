from __future__ import annotations

import time

from stackmark import pii

DRAWN = "x7Kp29vQmz4T"


def _found(content: str, path: str) -> list[bytes]:
    raw = content.encode()
    return [raw[one.start : one.end] for one in pii.scan(raw, path) if one.rule.startswith("table")]


def test_a_column_of_passwords_in_csv() -> None:
    content = f"name,password,role\njane,{DRAWN},admin\nmax,{DRAWN}9,user\n"
    assert _found(content, "users.csv") == [DRAWN.encode(), f"{DRAWN}9".encode()]


def test_a_column_of_passwords_in_markdown() -> None:
    content = f"# Accounts\n\n| user | password |\n|---|---|\n| jane | `{DRAWN}` |\n"
    assert _found(content, "README.md") == [DRAWN.encode()]


def test_words_and_hashes_in_such_a_column_are_none() -> None:
    content = "name,password\njane,required\nmax,0123456789abcdef0123456789abcdef\nmo,${PASSWORD}\n"
    assert _found(content, "users.csv") == []


def test_another_number_of_cells_ends_the_table() -> None:
    assert _found(f"name,password\njane\nmax,{DRAWN}\n", "users.csv") == []


def test_hostile_tables_end_in_bounded_time() -> None:
    start = time.monotonic()
    for content in ("password," * 5000 + "\n" + "a," * 5000, "|password|\n|---|\n" * 3000, "password\n" * 20_000):
        pii.scan(content.encode(), "a.csv")
    assert time.monotonic() - start < 10


SQL = """
INSERT INTO shop.users (id, [login], `password`, made)
VALUES (1, 'O''Neil, A (x)', '{drawn}', NOW()),
       (2, 'max', N'{drawn}9', NULL);
INSERT INTO notes (text) VALUES ('{drawn}');
INSERT INTO t (password, n) VALUES ('pbkdf2:sha256:1000${drawn}', 1), (MD5('{drawn}'), 2), (?, 3), (NULL, 4);
"""


def test_columns_of_sql_are_named_apart_from_their_values() -> None:
    """But digests, calls and parameters are no credentials."""
    assert _found(SQL.replace("{drawn}", DRAWN), "seed.sql") == [DRAWN.encode(), f"{DRAWN}9".encode()]


def test_a_row_that_does_not_end_is_read_no_further() -> None:
    start = time.monotonic()
    for content in ("insert into t (password) values (", "insert into t (password,a) values ('" + "x" * 100, "(" * 50):
        pii.scan((content * 3000).encode(), "a.sql")
    assert time.monotonic() - start < 10
