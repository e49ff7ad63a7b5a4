"""Identifiers against published vectors, git itself, and constants computed by swh.model 8.4.1."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark import swhid

PERSON = b"A <a@example.org> 1700000000 +0000"
HELLO = bytes.fromhex("3b18e512dba79e4c8300dd08aeb37f8e728b8dad")
TREE = bytes.fromhex("081e5108eb036e93ab34dab4e3ac3d584b94bbda")
REVISION = bytes.fromhex("db220f192df7ea29076e1f1e645d628a72c7a3b8")
EMPTY_TREE = bytes.fromhex("4b825dc642cb6eb9a060e54bf8d69288fbee4904")


def _git(where: Path, *arguments: str, feed: bytes = b"") -> str:
    env = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    for role in ("AUTHOR", "COMMITTER"):
        env |= {
            f"GIT_{role}_NAME": "A",
            f"GIT_{role}_EMAIL": "a@example.org",
            f"GIT_{role}_DATE": "1700000000 +0000",
        }
    return (
        subprocess.run(["git", *arguments], cwd=where, input=feed, capture_output=True, check=True, env=env)
        .stdout.decode()
        .strip()
    )


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("git")
    _git(where, "init", "--quiet", "--bare")
    return where


@pytest.mark.parametrize(
    ("data", "id_"),
    [
        (b"", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"),
        (b"hello world\n", "3b18e512dba79e4c8300dd08aeb37f8e728b8dad"),
        (b"MIT License\n", "d1e1072ee5e1d109c15b6fd18756aedc2a401840"),
        (b'print("hi")\n', "b80e3222ab264bd7cafb376749bd18814fd66776"),
    ],
)
def test_content_vectors(data: bytes, id_: str) -> None:
    assert swhid.content_id(data).hex() == id_


def test_directory_vectors() -> None:
    source = swhid.directory_id([(b"main.py", 0o100644, swhid.content_id(b'print("hi")\n'))])
    entries = [
        (b"src", 0o040000, source),
        (b"empty", 0o100644, swhid.content_id(b"")),
        (b"LICENSE", 0o100644, swhid.content_id(b"MIT License\n")),
    ]
    assert swhid.directory_id([]) == EMPTY_TREE
    assert swhid.directory_id(entries) == TREE


def test_revision_vectors() -> None:
    assert swhid.revision_id(TREE, [], PERSON, PERSON, b"init\n") == REVISION
    assert swhid.revision_id(TREE, [], PERSON, PERSON, b"init").hex().startswith("29236792")


def test_git_agrees_about_contents(repository: Path) -> None:
    for data in (b"", b"\0\xff\r\n", b"x" * 100_000):
        assert swhid.content_id(data).hex() == _git(repository, "hash-object", "--stdin", feed=data)


def test_git_agrees_about_directories_in_any_order_of_entries(repository: Path) -> None:
    blob = _git(repository, "hash-object", "-w", "--stdin", feed=b"x")
    tree = _git(repository, "mktree", feed=b"")
    names = [
        ("100644", "a.b"), ("040000", "a"), ("100644", "a-b"), ("100755", "a0"), ("120000", "l"),
        ("160000", "sub"),
        ("040000", "z"), ("100644", "z.txt"), ("100644", "\u00e9"),
    ]  # fmt: skip
    kinds = {"040000": ("tree", tree), "160000": ("commit", "11" * 20)}
    rows = [(mode, *kinds.get(mode, ("blob", blob)), name) for mode, name in names]
    listing = "".join(f"{mode} {kind} {id_}\t{name}\0" for mode, kind, id_, name in rows)
    expected = _git(repository, "mktree", "-z", "--missing", feed=listing.encode())
    entries = [(name.encode(), int(mode, 8), bytes.fromhex(id_)) for mode, _, id_, name in rows]
    assert swhid.directory_id(entries).hex() == expected
    assert swhid.directory_id(reversed(entries)).hex() == expected


@pytest.mark.parametrize("message", [b"one line\n", b"no end of line", b"", b"two\n\n\nparagraphs\n"])
def test_git_agrees_about_revisions(repository: Path, message: bytes) -> None:
    tree = _git(repository, "mktree", feed=b"")
    first = _git(repository, "commit-tree", tree, feed=b"first\n")
    second = _git(repository, "commit-tree", "-p", first, tree, feed=b"second\n")
    expected = _git(repository, "commit-tree", "-p", first, "-p", second, tree, feed=message)
    parents = [bytes.fromhex(first), bytes.fromhex(second)]
    assert swhid.revision_id(EMPTY_TREE, parents, PERSON, PERSON, message).hex() == expected


def test_git_agrees_about_headers_of_several_lines(repository: Path) -> None:
    signature = b"-----BEGIN PGP SIGNATURE-----\n\nabc=\n-----END PGP SIGNATURE-----"
    tree = _git(repository, "mktree", feed=b"")
    raw = b"tree %s\nauthor %s\ncommitter %s\nencoding latin-1\ngpgsig %s\n\nm\n" % (
        tree.encode(), PERSON, PERSON, signature.replace(b"\n", b"\n ")
    )  # fmt: skip
    expected = _git(repository, "hash-object", "-t", "commit", "--stdin", feed=raw)
    extra = [(b"encoding", b"latin-1"), (b"gpgsig", signature)]
    assert swhid.revision_id(EMPTY_TREE, [], PERSON, PERSON, b"m\n", extra).hex() == expected
    assert swhid.object_id("revision", raw).hex() == expected


def test_git_agrees_about_releases(repository: Path) -> None:
    blob = _git(repository, "hash-object", "-w", "--stdin", feed=b"x")
    raw = f"object {blob}\ntype blob\ntag v1\ntagger {PERSON.decode()}\n\nnotes\n"
    expected = _git(repository, "mktag", feed=raw.encode())
    assert swhid.release_id(bytes.fromhex(blob), "content", b"v1", PERSON, b"notes\n").hex() == expected


BRANCHES: dict[bytes, tuple[str, bytes] | None] = {
    b"HEAD": ("alias", b"refs/heads/main"),
    b"refs/heads/main": ("revision", REVISION),
    b"refs/tags/v1": ("release", bytes.fromhex("22ece559cc7cc2364edc5e5593d63ae8bd229f9f")),
    b"refs/odd/tree": ("directory", TREE),
    b"refs/odd/blob": ("content", HELLO),
    b"refs/odd/snapshot": ("snapshot", bytes.fromhex("c7c108084bc0bf3d81436bf980b46e98bd338453")),
    b"refs/heads/\xff": None,
}


def test_snapshot_and_release_constants_of_swh_model() -> None:
    """Computed by swh.model 8.4.1 (Snapshot, Release) from the same parts."""
    assert swhid.snapshot_id({}).hex() == "1a8893e6a86f444e8be8e7bda6cb34fb1735a00e"
    assert swhid.snapshot_id(BRANCHES).hex() == "943f333489b83e788b4994faa51bfb6b6c30da8d"
    assert swhid.snapshot_id(dict(reversed(BRANCHES.items()))).hex() == "943f333489b83e788b4994faa51bfb6b6c30da8d"
    assert (
        swhid.release_id(REVISION, "revision", b"v1", PERSON, b"notes\n").hex()
        == "5cd64e62070ff58c2b68901cca8a7108ef28dcab"
    )
    assert swhid.release_id(TREE, "directory", b"v\xff", None, None).hex() == "f1323091903b4eb36d14a14e3e561ad202310444"


@pytest.mark.parametrize("name", [b"", b"a/b", b"a\0b"])
def test_directories_refuse_names_that_no_tree_has(name: bytes) -> None:
    with pytest.raises(ValueError, match="cannot be named"):
        swhid.directory_id([(name, 0o100644, HELLO)])


def test_ids_of_the_wrong_length_duplicates_and_unknown_targets_are_refused() -> None:
    with pytest.raises(ValueError, match="20 bytes"):
        swhid.directory_id([(b"a", 0o100644, b"short")])
    with pytest.raises(ValueError, match="twice"):
        swhid.directory_id([(b"a", 0o100644, HELLO), (b"a", 0o040000, TREE)])
    with pytest.raises(ValueError, match="20 bytes"):
        swhid.snapshot_id({b"x": ("revision", b"refs/heads/main")})
    with pytest.raises(ValueError, match="cannot point"):
        swhid.snapshot_id({b"x": ("commit", REVISION)})


@pytest.mark.parametrize(
    "text",
    [
        "swh:1:cnt:94a9ed024d3859793618152ea559a168bbcbb5e2",
        "swh:1:dir:d198bc9d7a6bcf6db04f476d29314f157507d505",
        "swh:1:rev:309cf2674ee7a0749978cf8265ab91a60aea0f7d",
        "swh:1:rel:22ece559cc7cc2364edc5e5593d63ae8bd229f9f",
        "swh:1:snp:c7c108084bc0bf3d81436bf980b46e98bd338453",
        "swh:1:cnt:4d99d2d18326621ccdd70f5ea66c2e2ac236ad8b;origin=https://forge.example/ocamlp3l/ocamlp3l_cvs.git"
        ";visit=swh:1:snp:d7f1b9eb7ccb596c2622c4780febaa02549830f9"
        ";anchor=swh:1:rev:2db189928c94d62a3b4757b3eec68f0a4d4113f0"
        ";path=/Examples/SimpleFarm/simplefarm.ml;lines=9-15",
        "swh:1:cnt:94a9ed024d3859793618152ea559a168bbcbb5e2;path=/a%3Bb%25%20c/\u00e9%FF;bytes=4",
    ],
)
def test_texts_that_come_back_as_they_were(text: str) -> None:
    parsed = swhid.parse(text)
    assert str(parsed) == text
    assert parsed.id.hex() in text


def test_qualifiers_are_decoded_and_put_into_order() -> None:
    parsed = swhid.parse("swh:1:cnt:" + "ab" * 20 + ";lines=1;path=/a%3bb;origin=https://e.org/x")
    assert dict(parsed.qualifiers) == {"origin": "https://e.org/x", "path": "/a;b", "lines": "1"}
    assert str(parsed) == "swh:1:cnt:" + "ab" * 20 + ";origin=https://e.org/x;path=/a%3Bb;lines=1"


CONTENT = "swh:1:cnt:" + "a" * 40
NO_IDENTIFIERS = [
    "", "swh", "swh:1:cnt:", "swh:2:cnt:" + "a" * 40, "swh:1:ori:" + "a" * 40, "swh:1:cnt:" + "A" * 40,
    CONTENT[:-1], CONTENT + "a", " " + CONTENT, CONTENT + "\n", "swh:1:cnt:\uff11" + "a" * 39,
    CONTENT + ";", CONTENT + ";path", CONTENT + ";color=red", CONTENT + ";lines=1;lines=2",
    CONTENT + ";lines=x",
    CONTENT + ";visit=swh:1:rev:" + "a" * 40, CONTENT + ";anchor=" + CONTENT,
]  # fmt: skip


@pytest.mark.parametrize("text", NO_IDENTIFIERS)
def test_texts_that_are_no_identifiers(text: str) -> None:
    with pytest.raises(ValueError, match=r"SWHID|qualifier"):
        swhid.parse(text)


@given(st.sampled_from(sorted(swhid.TYPES)), st.binary(min_size=20, max_size=20), st.binary(), st.text())
def test_any_identifier_survives_its_text(kind: str, id_: bytes, path: bytes, origin: str) -> None:
    origin = origin.encode("utf-8", "replace").decode()
    value = swhid.Swhid(kind, id_, (("origin", origin), ("path", path.decode("utf-8", "surrogateescape"))))
    assert swhid.parse(str(value)) == value
    assert str(value).encode()  # no lone surrogates get out
