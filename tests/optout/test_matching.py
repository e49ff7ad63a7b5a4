import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark import schema, swhid
from stackmark.optout import Registry, parse

IDS = {letter: swhid.content_id(letter.encode()) for letter in "abcdefgh"}


def registry(*lines):
    return parse("\n".join(lines), "optout.txt")


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/alice/tool", "https://github.com/Alice/Tool.git",
        "https://github.com/alice/tool/",
        "http://www.github.com:8080/alice/tool", "https://token@github.com/alice/tool",
        "git@github.com:alice/tool.git",
        "ssh://git@github.com:22/alice/tool", "git://forge.example/alice/tool.git",
        "git+https://github.com/alice/tool",
        "https://forge.example/~alice/tool", "https://forge.example/%61lice/tool",
        "https://forge.example//alice//tool",
        "https://forge.example/git/alice/tool.git", "https://forge.example/cgit/~alice/tool",
        "forge.example:alice/tool",
        "https://dev.azure.com/alice/tool/_git/tool", "https://alice.visualstudio.com/tool/_git/tool",
        "git@ssh.dev.azure.com:v3/alice/tool/tool",
        "https://github.com/alice/tool/archive/refs/tags/v1.tar.gz",
        "https://codeload.github.com/alice/tool/tar.gz/v1", "pkg:github/alice/tool",
        "pkg:github/Alice/tool@v1.0",
        "pkg:npm/%40alice/tool@1.2.3", "pkg:npm/@alice/tool", "pkg:golang/github.com/alice/tool/v2@v2.0.1",
        "pkg:composer/alice/tool@1", "pkg:docker/alice/tool@sha256:00", "https://user:pass@[::1/alice/tool",
        "alice/tool", "forge.example/alice/tool", "https://huggingface.co/datasets/alice/tool",
        "s3://bucket/alice/tool",
        "HTTPS://GITHUB.COM/ALICE/TOOL.GIT", "https://github.com/alice/tool?x=1#y",
        "https://registry.example/@alice/tool",
    ],
)  # fmt: skip
def test_an_account_and_a_repository_are_found_in_urls_of_every_form(url):
    assert registry("alice").origin_request(url) == "alice (line 1 of optout.txt)"
    assert registry("# x", "ALICE/Tool").origin_request(url) == "ALICE/Tool (line 2 of optout.txt)"
    assert registry("bob", "alice/other", "tool").origin_request(url) is None


@pytest.mark.parametrize(
    "url",
    ["https://github.com/bob/alice", "https://github.com/alicia/tool",
     "https://gitlab.com/group/alice/tool",
     "https://alice.example/bob/tool", "pkg:pypi/alice@1.0", "pkg:pypi/tool", "pkg:maven/alice/tool@1",
     "file:///home/alice/tool", "/srv/alice/tool", "./alice/tool", "archive:alice.zip",
     "https://forge.example/alice.git",
     "https://github.com/git/alice", "", ":", "://", "https://", "pkg:", "git@"],
)  # fmt: skip
def test_an_account_is_not_found_where_the_name_means_something_else(url):
    assert registry("alice").origin_request(url) is None


def test_a_group_covers_its_subgroups_and_a_subgroup_only_what_is_below_it():
    url = "https://gitlab.com/group/sub/tool"
    for request in ("group", "group/sub", "group/sub/tool", "https://gitlab.com/group/sub"):
        assert registry(request).origin_request(url) == f"{request} (line 1 of optout.txt)"
    for request in ("sub", "sub/tool", "group/tool", "group/su", "https://gitlab.com/group/su"):
        assert registry(request).origin_request(url) is None


def test_a_url_covers_one_forge_whatever_its_spelling():
    requests = registry("git@forge.example:Alice/Tool.git")
    assert requests.origin_request("https://forge.example/alice/tool")
    assert requests.origin_request("ssh://git@FORGE.example:2222/alice/tool/")
    assert requests.origin_request("https://other.example/alice/tool") is None
    assert requests.origin_request("https://forge.example/alice/tool-2") is None


def test_an_international_host_name_has_two_spellings():
    requests = registry("https://b\u00fccher.example/alice")
    assert requests.origin_request("https://xn--bcher-kva.example/alice/tool")
    assert registry("https://xn--bcher-kva.example/alice").origin_request("https://B\u00dcCHER.example/alice/tool")


def test_a_package_covers_all_its_versions_and_a_version_only_itself():
    assert registry("pkg:pypi/foo-bar").origin_request("pkg:pypi/Foo.Bar@1.0")
    assert registry("pkg:pypi/foo@1.0").origin_request("pkg:pypi/foo@1.0")
    assert registry("pkg:pypi/foo@1.0").origin_request("pkg:pypi/foo@1.1") is None
    assert registry("pkg:pypi/foo").origin_request("pkg:npm/foo@1.0") is None
    assert registry("pkg:generic/my-tool").origin_request("pkg:generic/my-tool@2.0.tar")


def test_a_forge_repository_and_its_package_url_are_one_place():
    assert registry("https://github.com/alice/tool").origin_request("pkg:github/alice/tool@v1")
    assert registry("pkg:github/alice/tool").origin_request("git@github.com:alice/tool.git")


def test_queries_name_different_repositories():
    requests = registry("https://git.example/web/?p=tool.git")
    assert requests.origin_request("https://git.example/web/?p=tool.git")
    assert requests.origin_request("https://git.example/web/?p=other.git") is None


def test_ids_of_an_origin():
    for kind in ("snp", "rev", "dir"):
        requests = registry(f"swh:1:{kind}:{IDS['a'].hex()}")
        argument = {"snp": "snapshot_id", "rev": "revision_id", "dir": "directory_id"}[kind]
        assert requests.origin_request("https://x.example/y/z", **{argument: IDS["a"]}).startswith("swh:1:")
        assert requests.origin_request("https://x.example/y/z", **{argument: IDS["b"]}) is None
    assert registry(f"swh:1:cnt:{IDS['a'].hex()}").origin_request("x", revision_id=IDS["a"]) is None


def test_of_several_requests_the_first_in_the_list_answers():
    assert registry("x", "alice/tool", "alice").origin_request("https://github.com/alice/tool") == (
        "alice/tool (line 2 of optout.txt)"
    )


def test_content_and_directory_requests_are_raw_ids():
    requests = registry(f"swh:1:cnt:{IDS['a'].hex()}", f"swh:1:dir:{IDS['b'].hex()}", "alice")
    assert requests.content_requests == frozenset([IDS["a"]])
    assert requests.directory_requests == frozenset([IDS["b"]])


def test_the_origins_table():
    rows = [
        {"origin_url": "https://github.com/alice/tool", "revision_id": IDS["a"]},
        {"origin_url": "https://github.com/bob/tool", "revision_id": IDS["b"]},
        {"origin_url": "https://github.com/carol/tool", "revision_id": IDS["c"]},
        {"origin_url": None},
    ]
    table = pa.Table.from_pylist(rows, schema=schema.ORIGINS)
    found = registry("alice", f"swh:1:rev:{IDS['b'].hex()}").forbidden(table)
    assert found.type == pa.string()
    assert [bool(words) for words in found.to_pylist()] == [True, True, False, False]
    assert Registry().forbidden(table).null_count == 4


@pytest.mark.parametrize(
    ("page", "package"),
    [
        ("https://pypi.example/project/Foo_Bar/", "pkg:pypi/foo-bar@1.0"),
        ("https://pypi.example/project/foo-bar/1.0/", "pkg:pypi/foo-bar@1.0"),
        ("https://www.npmjs.example/package/tool", "pkg:npm/tool@1.0"),
        ("https://www.npmjs.example/package/@alice/tool/v/1.0", "pkg:npm/%40alice/tool@1.0"),
        ("https://crates.example/crates/tool", "pkg:cargo/tool@1.0"),
        ("https://packagist.example/packages/alice/tool", "pkg:composer/alice/tool@1.0"),
    ],
)
def test_a_page_of_a_registry_means_its_package(page, package):
    assert registry(page).origin_request(package)
    assert registry(page).origin_request(package.replace("tool", "pool").replace("bar", "baz")) is None


def test_a_page_of_one_version_means_that_version():
    assert registry("https://pypi.example/project/foo/1.0").origin_request("pkg:pypi/foo@1.1") is None


def entries(*rows):
    return pa.Table.from_pylist(
        [{"path": path, "kind": kind, "content_id": IDS.get(letter)} for path, kind, letter in rows],
        schema=schema.ENTRIES,
    )


TREE = entries(
    (b"", "directory", "h"),
    (b"a.py", "file", "a"),
    (b"lib", "directory", "d"),
    (b"lib/a.py", "file", "a"),
    (b"lib/b.py", "file", "b"),
    (b"lib/deep", "directory", "e"),
    (b"lib/deep/c\xff", "symlink", "c"),
    (b"lib2/b.py", "file", "b"),
    (b"sub", "submodule", "a"),
    (b"lost", "file", None),
)


def forbidden(*lines, table=TREE):
    found = registry(*lines).forbidden_entries(table)
    assert isinstance(found, pa.StringArray)
    paths = table["path"].to_pylist()
    return {path: words for path, words in zip(paths, found.to_pylist(), strict=True) if words}


def test_a_content_is_forbidden_wherever_it_stands_but_not_as_a_submodule():
    line = f"swh:1:cnt:{IDS['a'].hex()}"
    words = f"{line} (line 1 of optout.txt)"
    assert forbidden(line) == {b"a.py": words, b"lib/a.py": words}


def test_a_directory_covers_all_below_it_and_no_sibling_of_a_like_name():
    assert set(forbidden(f"swh:1:dir:{IDS['d'].hex()}")) == {
        b"lib", b"lib/a.py", b"lib/b.py", b"lib/deep", b"lib/deep/c\xff"
    }  # fmt: skip


def test_the_root_directory_covers_the_whole_tree():
    assert len(forbidden(f"swh:1:dir:{IDS['h'].hex()}")) == TREE.num_rows


def test_a_request_of_a_content_is_named_before_one_of_its_directory():
    found = forbidden(f"swh:1:dir:{IDS['d'].hex()}", f"swh:1:cnt:{IDS['a'].hex()}")
    assert "line 2" in found[b"lib/a.py"] and "line 1" in found[b"lib/b.py"]


def test_accounts_and_repositories_forbid_no_entries():
    assert forbidden("alice", "a.py", "lib/a.py", f"swh:1:rev:{IDS['a'].hex()}") == {}


def test_an_empty_list_an_empty_table_and_a_table_of_chunks():
    assert forbidden() == {}
    line = f"swh:1:cnt:{IDS['a'].hex()}"
    assert forbidden(line, table=TREE.slice(0, 0)) == {}
    assert len(forbidden(line, table=pa.concat_tables([TREE.slice(0, 3), TREE.slice(3)]))) == 2


@given(st.text(max_size=40))
def test_any_url_is_answered(url):
    for prefix in ("", "https://", "git@", "pkg:", "ssh://[", "https://h.example/"):
        assert registry("alice", "alice/tool").origin_request(prefix + url) in (
            None,
            "alice (line 1 of optout.txt)",
        )


def test_a_hostile_url_takes_no_time():
    requests = registry("alice")
    for url in (
        "https://h.example/" + "a/" * 100_000,
        "git@h:" + "/" * 1_000_000,
        "pkg:npm/" + "@" * 100_000,
    ):
        assert requests.origin_request(url) is None
