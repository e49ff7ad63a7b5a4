from __future__ import annotations

from stackmark.licenses.declarations import Declaration
from stackmark.licenses.scopes import Hit, Scopes, relative, settle


def hit(scope: str, expression: str = "MIT", kind: str = "reuse", evidence: bytes = b"REUSE.toml") -> Hit:
    return Hit(Declaration(kind, expression, scope=scope), evidence)


def found(scopes: Scopes, path: bytes, vendored: bytes | None = None) -> list[str | None]:
    return [one.declaration.expression for one in scopes.above(path, vendored)]


def test_the_nearest_folder_comes_first_and_the_last_statement_of_it() -> None:
    scopes = Scopes({b"": [hit("**", "MIT"), hit("**", "ISC")], b"a/b": [hit("*", "Zlib")]})
    assert found(scopes, b"a/b/x.c") == ["Zlib", "ISC", "MIT"]
    assert found(scopes, b"a/x.c") == ["ISC", "MIT"]
    assert found(scopes, b"a/b/c/x.c") == ["ISC", "MIT"]


def test_a_vendored_folder_is_reached_only_by_a_pattern_that_names_something() -> None:
    scopes = Scopes({b"": [hit("**", "MIT"), hit("vendor/x/**", "ISC")], b"vendor": [hit("**", "Zlib")]})
    assert found(scopes, b"vendor/x/y.c", b"vendor") == ["Zlib", "ISC"]


def test_a_part_is_named_without_its_folder() -> None:
    scopes = Scopes({b"lib": [hit("dtoa.c", kind="part"), hit("docs/**", "ISC", kind="part")]})
    assert found(scopes, b"lib/deep/dtoa.c") == ["MIT"]
    assert found(scopes, b"lib/docs/a/b.txt") == ["ISC"]
    assert found(scopes, b"lib/src/docs/b.txt") == []
    assert found(scopes, b"dtoa.c") == []


def test_patterns_are_no_regular_expressions() -> None:
    scopes = Scopes({b"": [hit("(((", "MIT"), hit("a.c", "ISC"), hit("x" * 5000, "Zlib")]})
    assert found(scopes, b"(((") == ["MIT"]
    assert found(scopes, b"abc") == []


def test_paths_that_are_no_text() -> None:
    assert found(Scopes({b"": [hit("**")]}), b"caf\xe9/\xff") == ["MIT"]


def test_reuse_goes_before_dep5() -> None:
    hits = [hit("*", "ISC", "dep5"), hit("*", "MIT", "reuse")]
    assert settle(hits) == hits[1]
    assert settle([]) is None


def test_dep5_speaks_for_the_folder_above() -> None:
    assert relative(b"debian/copyright", Declaration("dep5", "MIT", folder="..")) == b""
    assert relative(b"a/REUSE.toml", Declaration("reuse", "MIT")) == b"a"


def test_many_long_patterns_end_in_bounded_time() -> None:
    scopes = Scopes({b"": [hit(f"{'a*' * 7}{'b' * 200}{number}") for number in range(1000)]})
    assert found(scopes, b"a" * 1000) == []
    assert found(scopes, b"a" * 1000 + b"b" * 200 + b"499") == ["MIT"]


def test_a_pattern_of_hundreds_of_stars_matches_nothing() -> None:
    assert found(Scopes({b"": [hit("a*" * 400)]}), b"a" * 800) == []
