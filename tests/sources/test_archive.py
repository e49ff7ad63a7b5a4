import bz2
import gzip
import hashlib
import io
import lzma
import os
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stackmark import schema
from stackmark.errors import RecipeError
from stackmark.sources import Limits, archive_names, kinds
from stackmark.sources.archive import Settings, contents, discover, entries, pin
from stackmark.sources.archive_names import origin_url
from stackmark.swhid import content_id

from .archive_cases import (
    END,
    RawMember,
    header,
    listed,
    member,
    origin,
    padded,
    raw_zip,
    tar_bytes,
    zip_bytes,
    zip_info,
)

TREE = {
    "pkg/__init__.py": b"import os\n",
    "pkg/data.bin": bytes(range(256)) * 700,
    "pkg/empty": b"",
    "pkg/sub/deep/x.c": b"int x;\n",
    "README": "Grüße\n".encode(),
}
PACKERS = {
    "tar": bytes,
    "gz": gzip.compress,
    "xz": lzma.compress,
    "bz2": bz2.compress,
    "zst": lambda data: pa.compress(data, codec="zstd", asbytes=True),
}


def a_tar(fmt: int = tarfile.PAX_FORMAT) -> bytes:
    return tar_bytes(
        *(member(name, data) for name, data in TREE.items()),
        member("run.sh", b"#!/bin/sh\n", mode=0o755),
        member("not-the-owner's-to-run", b"1", mode=0o655),
        member("the-owner's-to-run", b"1", mode=0o744),
        member("link", kind=tarfile.SYMTYPE, link="pkg/empty"),
        member("hard", kind=tarfile.LNKTYPE, link="run.sh"),
        member("nothing-in-it", kind=tarfile.DIRTYPE),
        fmt=fmt,
    )


def git_tree(folder: Path) -> bytes:
    for arguments in (["init", "-q"], ["-c", "core.autocrlf=false", "add", "-A", "-f"]):
        subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)
    found = subprocess.run(["git", "write-tree"], cwd=folder, check=True, capture_output=True)
    return bytes.fromhex(found.stdout.decode().strip())


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("fmt", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_tar_lists_as_git_would_see_its_extraction(tmp_path, packer, fmt):
    path = tmp_path / "x"
    path.write_bytes(PACKERS[packer](a_tar(fmt)))
    out = tmp_path / "out"
    out.mkdir()
    subprocess.run(["tar", "-xf", "-", "-C", out], input=a_tar(fmt), check=True)
    found = listed(path)
    assert found.problems() == {}
    assert found.root["content_id"] == git_tree(out)


def test_a_zip_lists_as_git_would_see_its_extraction(tmp_path):
    path, out = tmp_path / "x.whl", tmp_path / "out"
    infos = [(zip_info(name, 0o100644), data) for name, data in TREE.items()]
    path.write_bytes(zip_bytes(*infos, (zip_info("run.sh", 0o100755), b"#!"), (zip_info("link", 0o120777), b"README")))
    out.mkdir()
    for name, data in {**TREE, "run.sh": b"#!"}.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(data)
    (out / "run.sh").chmod(0o755)
    (out / "link").symlink_to("README")
    found = listed(path)
    assert found.problems() == {}
    assert found.root["content_id"] == git_tree(out)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_zip_methods_give_the_same_listing(tmp_path, method):
    path = tmp_path / "x.zip"
    path.write_bytes(zip_bytes(*TREE.items(), method=method))
    assert {listed(path).of(name.encode())[0]["content_id"] for name in TREE} == set(map(content_id, TREE.values()))


def test_every_directory_has_a_row_with_its_id_and_the_rows_are_sorted(tmp_path):
    path = tmp_path / "x.tar"
    path.write_bytes(a_tar())
    rows = listed(path).rows
    assert [row["path"] for row in rows] == sorted(row["path"] for row in rows)
    folders = {row["path"]: row for row in rows if row["kind"] == "directory"}
    assert set(folders) == {b"", b"pkg", b"pkg/sub", b"pkg/sub/deep"}
    assert all(row["mode"] == 0o040000 and len(row["content_id"]) == 20 for row in folders.values())


def test_rows_tell_kind_mode_length_and_id(tmp_path):
    path = tmp_path / "x.tar"
    path.write_bytes(a_tar())
    found = listed(path)
    told = {r["path"]: (r["kind"], r["mode"], r["length"], r["content_id"]) for r in found.rows}
    assert told[b"run.sh"] == told[b"hard"] == ("file", 0o100755, 10, content_id(b"#!/bin/sh\n"))
    assert told[b"link"] == ("symlink", 0o120000, 9, content_id(b"pkg/empty"))
    assert told[b"README"] == ("file", 0o100644, 8, content_id(TREE["README"]))


def test_kept_are_the_regular_files_and_no_symlink(tmp_path):
    path = tmp_path / "x.tar"
    path.write_bytes(a_tar())
    kept = listed(path).kept
    assert set(kept.values()) == {*TREE.values(), b"#!/bin/sh\n", b"1"}
    assert all(content_id(data) == own for own, data in kept.items())


def test_batches_have_the_schema_of_entries(tmp_path):
    path = tmp_path / "x.tar"
    path.write_bytes(a_tar())
    assert all(b.schema == schema.ENTRIES for b in entries(origin(path), Limits(), lambda *_: None))


def test_dots_and_doubled_slashes_do_not_change_a_path(tmp_path):
    path = tmp_path / "x.tar"
    path.write_bytes(tar_bytes(member("./", kind=tarfile.DIRTYPE), member("./a//b/./c", b"1")))
    found = listed(path)
    assert found.files() == [b"a/b/c"]
    assert found.problems() == {}


def test_long_names_are_read_from_gnu_and_pax_headers_and_from_the_ustar_prefix(tmp_path):
    name = "/".join(["d" * 40] * 5) + "/f.py"
    for fmt in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        path = tmp_path / f"{fmt}.tar"
        path.write_bytes(tar_bytes(member(name, b"1"), member("after", b"2"), fmt=fmt))
        assert listed(path).files() == [b"after", name.encode()]


def test_old_unix_tar_without_magic_is_read_and_a_trailing_slash_means_a_directory(tmp_path):
    path = tmp_path / "x.tar"
    old = {"magic": bytes(8)}
    path.write_bytes(header(b"d/", 0, b"\0", **old) + header(b"d/f", 2, b"\0", **old) + padded(b"hi") + END)
    found = listed(path)
    assert found.files() == [b"d/f"]
    assert found.kept == {content_id(b"hi"): b"hi"}


def test_a_checksum_over_signed_bytes_is_accepted(tmp_path):
    block = bytearray(header(b"\xff\xfe", 0))
    total = int(bytes(block[148:154]), 8)
    block[148:156] = b"%06o\0 " % (total - 512)
    path = tmp_path / "x.tar"
    path.write_bytes(bytes(block) + END)
    assert listed(path).files() == [b"\xff\xfe"]


def test_a_size_in_base_256_is_read(tmp_path):
    path = tmp_path / "x.tar"
    path.write_bytes(header(b"f", 0, size_field=b"\x80" + (3).to_bytes(11, "big")) + padded(b"abc") + END)
    assert listed(path).kept == {content_id(b"abc"): b"abc"}


def test_a_global_pax_header_as_git_archive_writes_it_changes_nothing(tmp_path):
    body = b"52 comment=4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
    path = tmp_path / "x.tar"
    path.write_bytes(header(b"pax_global_header", len(body), b"g") + padded(body) + header(b"f", 0) + END)
    assert listed(path).files() == [b"f"]


def test_several_gzip_members_with_padding_between_are_one_stream(tmp_path):
    whole = a_tar()
    path = tmp_path / "x.tgz"
    path.write_bytes(gzip.compress(whole[:700]) + bytes(100) + gzip.compress(whole[700:]) + bytes(512))
    assert listed(path).root["problem"] is None


def test_a_compressed_tar_without_end_mark_is_whole_because_its_stream_is(tmp_path):
    path = tmp_path / "x.tgz"
    path.write_bytes(gzip.compress(header(b"f", 3) + padded(b"abc")))
    assert listed(path).root["problem"] is None


def test_a_zip_behind_a_start_script_is_read(tmp_path):
    path = tmp_path / "app.pyz"
    path.write_bytes(b"#!/usr/bin/env python3\n" + zip_bytes(*TREE.items()))
    found = listed(path)
    assert found.problems() == {}
    assert found.files() == sorted(name.encode() for name in TREE)


def test_a_zip_with_64_bit_records_is_read(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed, packed.open("a.py", "w", force_zip64=True) as stream:
        stream.write(b"a = 1\n")
    path = tmp_path / "x.zip"
    path.write_bytes(out.getvalue())
    assert listed(path).kept == {content_id(b"a = 1\n"): b"a = 1\n"}


def test_a_zip_directory_may_be_told_by_its_mode_alone(tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(raw_zip(RawMember(b"folder", b"", mode=0o040755), RawMember(b"f", b"1")))
    assert listed(path).files() == [b"f"]
    assert listed(path).problems() == {}


def test_an_empty_zip_member_may_call_itself_deflated_and_have_no_bytes(tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(raw_zip(RawMember(b"f", b"", body=b"")))
    assert listed(path).kept == {content_id(b""): b""}


def test_empty_archives_have_gits_empty_tree(tmp_path):
    for name, data in {"tar": END, "tgz": gzip.compress(END), "zip": zip_bytes()}.items():
        (tmp_path / name).write_bytes(data)
        root = listed(tmp_path / name).root
        assert root["content_id"].hex() == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def test_a_zip_comment_that_looks_like_an_end_record_deceives_nobody(tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(raw_zip(RawMember(b"f", b"1"), comment=b"PK\x05\x06" + bytes(18) + b"!"))
    assert listed(path).files() == [b"f"]


def test_zip_names_stay_the_bytes_that_they_are(tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(raw_zip(RawMember(b"\x81.txt", b"1"), RawMember("ü.txt".encode(), b"2", flags=0x800)))
    assert listed(path).files() == [b"\x81.txt", "ü.txt".encode()]


def test_the_format_is_told_by_the_bytes_and_not_by_the_name(tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(gzip.compress(a_tar()))
    assert listed(path).root["problem"] is None


def test_archives_inside_an_archive_stay_plain_contents(tmp_path):
    inner = zip_bytes(("a", b"1"))
    for _ in range(10):
        inner = zip_bytes(("inner.zip", inner))
    path = tmp_path / "x.zip"
    path.write_bytes(inner)
    found = listed(path)
    assert found.files() == [b"inner.zip"]
    assert found.problems() == {}


def test_listing_twice_gives_the_same_rows(tmp_path):
    path = tmp_path / "x.tar.xz"
    path.write_bytes(lzma.compress(a_tar()))
    assert listed(path) == listed(path)


# contents


def test_contents_gives_one_row_for_each_wanted_id(tmp_path):
    path = tmp_path / "x.tar"
    path.write_bytes(a_tar())
    big, small, gone = (content_id(data) for data in (TREE["pkg/data.bin"], TREE["README"], b"never there"))
    batches = list(contents(origin(path), [gone, small, big, small], Limits(max_content=1000)))
    rows = {row["content_id"]: row for batch in batches for row in batch.to_pylist()}
    assert all(batch.schema == schema.CONTENTS for batch in batches)
    assert sum(batch.num_rows for batch in batches) == 3
    assert (rows[gone]["status"], rows[gone]["data"]) == ("missing", None)
    assert (rows[big]["status"], rows[big]["data"], rows[big]["length"]) == ("too_large", None, 179200)
    data = TREE["README"]
    assert (rows[small]["status"], rows[small]["data"], rows[small]["length"]) == ("ok", data, len(data))
    assert rows[small]["blob_id"] == hashlib.sha1(data, usedforsecurity=False).digest()
    assert rows[small]["sha256"] == hashlib.sha256(data).digest()


def test_contents_come_in_batches_of_bounded_size(tmp_path):
    path = tmp_path / "x.tar"
    data = [b"%d" % n * 400 for n in range(10)]
    path.write_bytes(tar_bytes(*(member(str(n), d) for n, d in enumerate(data))))
    batches = list(contents(origin(path), [content_id(d) for d in data], Limits(batch_bytes=1000)))
    assert [batch.num_rows for batch in batches] == [3, 3, 3, 1]


def test_contents_of_a_vanished_archive_are_missing_and_the_reason_names_no_path(tmp_path):
    rows = [r for b in contents(origin(tmp_path / "gone"), [bytes(20)], Limits()) for r in b.to_pylist()]
    assert [(row["status"], row["detail"]) for row in rows] == [("missing", "No such file or directory")]


def test_contents_before_the_damage_are_delivered(tmp_path):
    path = tmp_path / "x.tgz"
    noise = [os.urandom(5000) for _ in range(3)]
    path.write_bytes(gzip.compress(tar_bytes(*(member(str(n), d) for n, d in enumerate(noise))))[:9000])
    wanted = [content_id(d) for d in noise]
    found = {r["content_id"]: r["status"] for b in contents(origin(path), wanted, Limits()) for r in b.to_pylist()}
    assert [found[own] for own in wanted] == ["ok", "missing", "missing"]


# settings, discover, pin


def test_the_folder_of_sources_knows_this_kind():
    assert kinds()["archive"].Settings is Settings


def test_unknown_settings_are_refused():
    with pytest.raises(ValidationError):
        Settings(kind="archive", path="x", format="zip")


@pytest.mark.parametrize("path", ["nothing.zip", "*.whl", "", "folder", "**", "[", "\0"])
def test_a_path_that_matches_no_file_is_an_error_of_the_recipe(tmp_path, path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(RecipeError, match="path matches no file"):
        list(discover(Settings(kind="archive", path=path), tmp_path))


def test_discover_sorts_names_and_does_not_open(tmp_path):
    for name in ("b-2.0.tar.gz", "a-1.0.tar.gz", "c.zip"):
        (tmp_path / name).write_bytes(b"no archive at all")
    found = list(discover(Settings(kind="archive", path="*"), tmp_path))
    assert [o.url for o in found] == ["pkg:generic/a@1.0", "pkg:generic/b@2.0", "archive:c.zip"]
    assert all(o.revision_id is None and o.vcs == "archive" and Path(o.locator).is_file() for o in found)


def test_a_name_with_brackets_is_a_name_before_it_is_a_pattern(tmp_path):
    (tmp_path / "[x].zip").write_bytes(b"")
    assert len(list(discover(Settings(kind="archive", path="[x].zip"), tmp_path))) == 1


def test_an_absolute_glob_works_from_any_folder(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"")
    assert len(list(discover(Settings(kind="archive", path=f"{tmp_path}/*.zip"), Path("/")))) == 1


def test_a_given_origin_names_every_archive_of_the_glob(tmp_path):
    for version in ("1", "2"):
        (tmp_path / f"x-{version}.tgz").write_bytes(gzip.compress(tar_bytes(member("v", version.encode()))))
    settings = Settings(kind="archive", path="*.tgz", origin="https://forge.example/a/x")
    found = [pin(o, None, tmp_path) for o in discover(settings, tmp_path)]
    assert {o.url for o in found} == {"https://forge.example/a/x"}
    assert len({o.revision_id for o in found}) == 2


@pytest.mark.parametrize(
    ("name", "url"),
    [
        (
            "Zope.Interface-5.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            "pkg:pypi/zope-interface@5.0",
        ),
        ("torch-2.1.0+cpu-1local-cp311-cp311-linux_x86_64.whl", "pkg:pypi/torch@2.1.0%2Bcpu"),
        ("not_a_wheel.whl", "archive:not_a_wheel.whl"),
        ("django-5.0.tar.gz", "pkg:generic/django@5.0"),
        ("foo-2-bar-1.0rc1.tar.gz", "pkg:generic/foo-2-bar@1.0rc1"),
        ("lodash-4.17.21.tgz", "pkg:generic/lodash@4.17.21"),
        ("a b-1.0.tgz", "pkg:generic/a%20b@1.0"),
        ("noversion.tar.gz", "archive:noversion.tar.gz"),
        ("x-1.0.zip", "archive:x-1.0.zip"),
        ("caf\udce9#1.zip", "archive:caf%E9%231.zip"),
    ],
)
def test_the_url_of_an_origin_comes_from_its_file_name(name, url):
    assert origin_url(name) == url


def test_pin_gives_the_blob_id_of_the_archive_as_git_computes_it(tmp_path):
    path = tmp_path / "x.bin"
    path.write_bytes(os.urandom(700_000))
    told = subprocess.run(["git", "hash-object", "--no-filters", path], capture_output=True, check=True).stdout
    pinned = pin(origin(path), None, tmp_path)
    assert pinned.revision_id.hex() == told.decode().strip()
    assert (pinned.vcs, pinned.flags, pinned.problem) == ("archive", (), None)


def test_pin_says_that_an_archive_has_no_history_when_an_earlier_state_is_asked_for(tmp_path):
    path = tmp_path / "x.bin"
    path.write_bytes(b"")
    assert pin(origin(path), 1_700_000_000, tmp_path).flags == ("no-history",)


def test_pin_of_an_archive_that_cannot_be_read_is_a_problem_without_a_path(tmp_path):
    pinned = pin(origin(tmp_path / "gone.zip"), None, tmp_path)
    assert (pinned.problem, pinned.detail, pinned.revision_id) == (
        "unreadable",
        "No such file or directory",
        None,
    )


odd_paths = st.text("./\\~:gitGIT\0\u200cab1 ", max_size=12).map(str.encode)


@given(odd_paths)
def test_plain_path_is_safe_and_tidy(path: bytes) -> None:
    """The short cut for ordinary names may never let through what the full check would not."""
    if archive_names.is_plain(path):
        assert archive_names.unsafe(path) is None
        assert archive_names.tidy(path) == path


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        (b"src/a-b_c.py", True),
        (b"a/.git/x", False),
        (b"GIT~1/x", False),
        (b"a//b", False),
        (b"../a", False),
        (b"", False),
    ],
)
def test_which_paths_are_plain(path: bytes, plain: bool) -> None:
    assert archive_names.is_plain(path) is plain
