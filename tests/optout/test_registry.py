import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark.errors import RecipeError
from stackmark.optout import Registry, load, parse

ID = "94a9ed024d3859793618152ea559a168bbcbb5e2"


def keys(text):
    return [(request.kind, request.key) for request in parse(text, "optout.txt").requests]


def refusal(text):
    with pytest.raises(RecipeError) as caught:
        parse(text, "optout.txt")
    assert caught.value.hint
    return str(caught.value)


@pytest.mark.parametrize(
    ("line", "kind", "key"),
    [
        ("alice", "account", "alice"),
        ("Alice-42", "account", "alice-42"),
        ("~alice", "account", "alice"),
        ("john.doe", "account", "john.doe"),
        ("J\u00d6RG", "account", "j\u00f6rg"),
        ("Jo\u0308rg", "account", "j\u00f6rg"),  # decomposed
        ("alice/Tool", "repository", "alice/tool"),
        ("alice/tool.git", "repository", "alice/tool"),
        ("alice/next.js", "repository", "alice/next.js"),
        ("alice/.github", "repository", "alice/.github"),
        ("~alice/tool", "repository", "alice/tool"),
        ("group/sub/tool", "repository", "group/sub/tool"),
        ("https://github.com/Alice/Tool.git", "origin", "github.com/alice/tool"),
        ("https://github.com/alice", "origin", "github.com/alice"),
        ("https://github.com/alice/tool/", "origin", "github.com/alice/tool"),
        ("https://github.com/alice/tool#readme", "origin", "github.com/alice/tool"),
        ("https://github.com/all", "origin", "github.com/all"),
        ("http://WWW.GitHub.com:80/alice/tool", "origin", "github.com/alice/tool"),
        ("git@github.com:alice/tool.git", "origin", "github.com/alice/tool"),
        ("ssh://git@forge.example:2222/alice/tool", "origin", "forge.example/alice/tool"),
        ("https://b\u00fccher.example/alice", "origin", "xn--bcher-kva.example/alice"),
        ("https://forge.example/%7Ealice/tool", "origin", "forge.example/~alice/tool"),
        ("https://forge.example/?p=tool.git", None, None),
        ("https://git.example/web/?p=tool.git", "origin", "git.example/web?p=tool.git"),
        ("pkg:pypi/Foo_Bar", "origin", "pkg:pypi/foo-bar"),
        ("pkg:npm/%40scope/name@1.0.0", "origin", "pkg:npm/@scope/name/@1.0.0"),
        ("pkg:npm/@scope/name", "origin", "pkg:npm/@scope/name"),
        ("pkg:github/alice/tool", "origin", "github.com/alice/tool"),
        ("archive:data%20set.zip", "origin", "archive/data set.zip"),
        (f"swh:1:cnt:{ID}", "content", ID),
        (f"swh:1:dir:{ID}", "directory", ID),
        (f"swh:1:rev:{ID}", "revision", ID),
        (f"swh:1:snp:{ID}", "snapshot", ID),
        (f"swh:1:cnt:{ID};origin=https://forge.example/a/b;path=/c.py", "content", ID),
    ],
)
def test_requests(line, kind, key):
    if kind is None:
        assert "line 1" in refusal(line)
    else:
        assert keys(line) == [(kind, key)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("All", "word of a form"), ("all", "word of a form"), ("NONE", "word of a form"), ("n/a",
        "word of a form"),
        ("everything", "word of a form"), ("alice/all", "word of a form"), ("owner/repo", "word of a form"),
        ("all/tool", "word of a form"), ("Commits", "word of a form"), ("All them", "blanks"),
        ("alice bob", "blanks"),
        ("alice, bob", "blanks"), ("- alice", "blanks"), ("GitHub issue", "blanks"), ("_No response_",
        "blanks"),
        ("alice\u00a0bob", "blanks"), ("My account: alice", "blanks"),
        ("please remove alice/tool by May 1", "blanks"),
        ("**Accounts**", "wildcards"), ("alice/*", "wildcards"), ("*", "wildcards"), (".", "not a name"),
        ("..", "not a name"),
        ("-", "not a name"), ("/", "not a name"), ("alice,", "not a name"), ("alice.", "not a name"),
        ("alice/", "not a name"),
        ("/alice", "not a name"), ("alice//tool", "not a name"), ("alice/..", "not a name"), ("alice/-",
        "not a name"),
        ('"alice"', "not a name"), ("<alice>", "not a name"), ("alice;bob", "not a name"), ("alice?",
        "not a name"),
        ("[x]alice", "not a name"), ("github.com:alice/tool", "not a name"), ("@alice",
        "without the @: alice"),
        ("alice@example.org", "e-mail"), ("mailto:alice@example.org", "e-mail"), ("github.com/alice",
        "https://"),
        ("github.com/alice/tool", "https://"), ("example.org", "https://"), ("https://github.com",
        "no account"),
        ("https://", "no host"), ("ftp4://a.example/b", "no scheme"), ("javascript://x/y", "no scheme"),
        ("https://alice:secret@forge.example/alice/tool", "password"),
        ("https://github.com/alice/tool/tree/main/src", "into a repository"),
        ("https://github.com/alice/tool/issues/3", "into a repository"),
        ("https://github.com/alice/tool?tab=readme", "into a repository"),
        ("https://gitlab.com/group/sub/tool/-/issues", "into a repository"),
        ("https://github.com/orgs/acme", "page of the forge"), ("https://forge.example/a/%2e%2e/b",
        "not the address"),
        ("https://forge.example/a%0ab", "cannot be seen"), ("https://[::1/alice/tool", "Invalid IPv6"),
        ("https://forge.example" + "/a" * 40, "not the address"), ("pkg:npm", "a type and a name"),
        ("pkg:npm/name?arch=x", "name and version"), ("swh:1:cnt:abc", "not a SWHID"),
        ("swh:1:cnt:" + ID.upper(), "not a SWHID"),
        (f"swh:2:cnt:{ID}", "not a SWHID"), (f"swh:1:rel:{ID}", "swh:1:rev"),
        (f"swh:1:cnt:{ID};lines=1-3", "part of a content"),
        ("al\u200bice", "cannot be seen"), ("alice\x00", "cannot be seen"), ("alice\rbob",
        "cannot be seen"),
        ("\u202ealice", "cannot be seen"), ("ali\x07ce", "cannot be seen"), ("a" * 3000, "longer than"),
    ],
)  # fmt: skip
def test_refusals(line, reason):
    message = refusal(f"good\n{line}\n")
    assert "line 2: " in message and "line 1: " not in message
    assert reason in message


def test_an_error_does_not_repeat_a_password():
    message = refusal("https://alice:hunter2@forge.example/alice/tool")
    assert "hunter2" not in message and "https://alice:***@forge.example" in message


def test_every_bad_line_is_named():
    message = refusal("All\nalice\n\nall them\n*\n")
    assert [line.split(":")[0].strip() for line in message.splitlines()[1:]] == ["line 1", "line 4", "line 5"]


def test_a_whole_form_pasted_is_refused_line_by_line():
    form = (
        "### Accounts\n\nAll of mine\n\n### Repositories\n\n_No response_\n\n- [x] I am the author\n\n"
        "legal deadline: 2026-01-01\nalice\n"
    )
    assert [line.split(":")[0].strip() for line in refusal(form).splitlines()[1:]] == [
        "line 3",
        "line 7",
        "line 9",
        "line 11",
    ]


def test_comments_blank_lines_byte_order_mark_and_windows_line_ends():
    text = "\ufeff# list\r\n\r\n  alice  # who\r\nbob#why\r\n\thttps://forge.example/a/b#c # note\r\n#x"
    registry = parse(text, "optout.txt")
    assert [(request.line, request.text) for request in registry.requests] == [
        (3, "alice"),
        (4, "bob"),
        (5, "https://forge.example/a/b#c"),
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "\ufeff"])
def test_a_list_without_requests_forbids_nothing(text):
    registry = parse(text, "optout.txt")
    assert registry.requests == ()
    assert registry.origin_request("https://github.com/alice/tool") is None


def test_the_digest_is_of_what_is_asked_for_only():
    first = parse("alice\nbob/tool\n", "a.txt")
    second = parse("# same\nBob/Tool.git # again\nALICE\nalice\n", "b.txt")
    assert first.digest() == second.digest() != parse("alice\n", "a.txt").digest()
    assert Registry().digest() == hashlib.sha256(b"").hexdigest()


def test_counts_by_kind():
    registry = parse(f"alice\nALICE\nbob\na/b\nhttps://forge.example/x\nswh:1:cnt:{ID}\n", "optout.txt")
    assert registry.counts() == {
        "account": 2, "repository": 1, "origin": 1, "content": 1, "directory": 0, "revision": 0, "snapshot": 0
    }  # fmt: skip


def test_load_names_the_file_without_its_folder(tmp_path):
    path = tmp_path / "list.txt"
    path.write_bytes(b"\xef\xbb\xbfalice\r\n")
    registry = load(path)
    assert registry.source_name == "list.txt"
    assert [request.key for request in registry.requests] == ["alice"]


def test_load_names_the_line_that_is_not_utf8(tmp_path):
    path = tmp_path / "list.txt"
    path.write_bytes(b"alice\n# caf\xe9 is fine in a comment\nj\xf6rg\n")
    with pytest.raises(RecipeError, match=r"line 3: .*not UTF-8") as caught:
        load(path)
    assert "line 2" not in str(caught.value)


def test_load_refuses_utf16_a_folder_and_a_missing_file(tmp_path):
    path = tmp_path / "list.txt"
    path.write_bytes("alice\n".encode("utf-16"))
    for bad, reason in (
        (path, "UTF-16"),
        (tmp_path, "cannot be read"),
        (tmp_path / "absent", "cannot be read"),
    ):
        with pytest.raises(RecipeError, match=reason):
            load(bad)


TOKENS = st.one_of(
    st.text(max_size=12),
    st.text("aB1./-_~@:#% \u00e9*", max_size=12),
    st.sampled_from(
        ["https://a.example/", "git@a.example:", "pkg:npm/", f"swh:1:cnt:{ID}", "alice", "All", "archive:"]
    ),
)
LINES = st.lists(TOKENS, max_size=3).map("".join)


@given(st.lists(LINES, max_size=6).map("\n".join))
def test_any_list_is_refused_by_line_or_read_back_as_the_same(text):
    try:
        registry = parse(text, "optout.txt")
    except RecipeError as error:
        assert "line " in str(error)
        return
    for request in registry.requests:
        again = parse(request.text, "optout.txt").requests
        assert [(found.kind, found.key) for found in again] == [(request.kind, request.key)]
