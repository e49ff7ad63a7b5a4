import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from stackmark.languages import path_columns
from stackmark.languages.compiling import RULES, rules
from stackmark.languages.kinds import is_configuration, is_documentation, is_lock_file
from stackmark.languages.rules import is_generated, is_vendored

ALL = [rule for file, table in RULES for rule in rules(file, table)]
EXAMPLES = [rule[key].encode() for rule in ALL for key in ("yes", "no")]
PATHS = st.one_of(
    st.binary(max_size=30),
    st.sampled_from(["a.min.js", "b.js", "c/README.md", "Cargo.lock", ".github/workflows/ci.yml"]).map(str.encode),
    st.sampled_from(EXAMPLES).map(lambda path: b"\xff/" + path),
)
TEXTS = st.one_of(st.none(), st.binary(max_size=80), st.sampled_from([*EXAMPLES, b"x" * 4000, b"x\n" * 4000]))


@given(st.lists(st.tuples(PATHS, TEXTS), max_size=8))
def test_columns_say_what_the_functions_say_of_any_bytes(rows):
    paths = pa.array([path for path, _ in rows], pa.binary())
    texts = pa.array([text for _, text in rows], pa.large_binary())
    assert path_columns.vendored(paths).to_pylist() == [is_vendored(path) for path, _ in rows]
    assert path_columns.documentation(paths).to_pylist() == [is_documentation(path) for path, _ in rows]
    assert path_columns.configuration(paths).to_pylist() == [is_configuration(path) for path, _ in rows]
    assert path_columns.lock_file(paths).to_pylist() == [is_lock_file(path) for path, _ in rows]
    expected = [is_generated(path, text or b"") for path, text in rows]
    assert path_columns.generated(paths, texts).to_pylist() == expected


def test_a_path_that_holds_a_line_end_is_one_path():
    paths = pa.array([b"a\nvendor/x.c", b"node_modules/a.js", b"a.c\n"], pa.binary())
    assert path_columns.vendored(paths).to_pylist() == [is_vendored(path) for path in paths.to_pylist()]
