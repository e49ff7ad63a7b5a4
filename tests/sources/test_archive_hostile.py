"""Archives that are damaged, that lie, or that attack whoever unpacks them."""

import bz2
import functools
import gzip
import json
import lzma
import os
import subprocess
import sys
import tarfile
import time
import zlib
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stackmark.sources import Limits
from stackmark.sources.archive import contents, entries
from stackmark.swhid import content_id

from .archive_cases import (
    END,
    MIB,
    RawMember,
    header,
    listed,
    member,
    origin,
    padded,
    pax,
    raw_zip,
    tar_bytes,
    zip_bytes,
)

GIB = 1024 * MIB


@pytest.fixture
def write(tmp_path):
    def write(data: bytes) -> Path:
        path = tmp_path / "case"
        path.write_bytes(data)
        return path

    return write


def only_root(found, problem):
    assert [(row["path"], row["kind"], row["content_id"], row["problem"]) for row in found.rows] == [
        (b"", "directory", None, problem)
    ]
    assert found.root["detail"]


# bombs: listed in a process of their own, whose peak of memory is theirs alone

_MEASURE = """
import json, sys, time
from stackmark.sources import Limits, Origin, archive
def peak():
    # ru_maxrss would begin at the peak of the parent
    status = open("/proc/self/status").read()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
told = {}
for path in sys.argv[1:]:
    start, origin = time.process_time(), Origin(url="archive:x", kind="archive", locator=path)
    batches = list(archive.entries(origin, Limits(), lambda *_: None))
    problems = [row["problem"] for batch in batches for row in batch.to_pylist()]
    told[path] = {"problems": problems, "mib": peak(), "s": time.process_time() - start}
print(json.dumps(told))
"""


def gibibyte_of_zeros_in_a_tar(compress) -> bytes:
    # Streams in a row count as one, which spares compressing a whole GiB here.
    return compress(header(b"zeros", GIB)) + compress(bytes(4 * MIB)) * 256 + compress(END)


def a_deep_path(number: int) -> bytes:
    # No file shares a directory with another, so each brings 63 new ones, whose paths add up to 130 kB.
    return pax((b"path", b"/".join([b"%064d" % number] + [b"x" * 63] * 62))) + header(b"x", 0)


BOMBS = {
    "harmless": lambda: tar_bytes(member("a", b"1")),  # loads what is loaded on first use
    "large-but-honest": lambda: header(b"noise", 64 * MIB) + os.urandom(MIB) * 64 + END,
    "gzip": lambda: gibibyte_of_zeros_in_a_tar(gzip.compress),
    "xz": lambda: gibibyte_of_zeros_in_a_tar(lzma.compress),
    "bzip2": lambda: gibibyte_of_zeros_in_a_tar(bz2.compress),
    "zstd": lambda: gibibyte_of_zeros_in_a_tar(lambda data: pa.compress(data, codec="zstd", asbytes=True)),
    "gzip-without-tar": lambda: gzip.compress(bytes(4 * MIB)) * 256,
    "zip": lambda: raw_zip(RawMember(b"zeros", bytes(64 * MIB))),
    "zip-of-many": lambda: zip_bytes(*((str(n), bytes(2 * MIB)) for n in range(40))),
    "deep-paths": lambda: gzip.compress(b"".join(map(a_deep_path, range(2500))) + END),
}


@pytest.fixture(scope="module")
def measured(tmp_path_factory) -> dict[str, dict]:
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak of memory is read from /proc, which this system lacks")
    folder = tmp_path_factory.mktemp("bombs")
    for name, build in BOMBS.items():
        (folder / name).write_bytes(build())
    command = [sys.executable, "-c", _MEASURE, *BOMBS]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=300)
    told = json.loads(done.stdout)
    at_rest = told.pop("harmless")["mib"]
    return {name: one | {"mib": one["mib"] - at_rest} for name, one in told.items()}


@pytest.mark.parametrize("bomb", sorted(BOMBS.keys() - {"harmless", "large-but-honest", "deep-paths"}))
def test_a_bomb_is_refused_in_little_time_and_memory(measured, bomb):
    assert measured[bomb]["problems"] == ["archive-ratio"]
    assert measured[bomb]["mib"] < 24
    assert measured[bomb]["s"] < 10


def test_directories_without_number_are_refused_before_their_paths_fill_the_memory(measured):
    assert measured["deep-paths"]["problems"] == ["too-many-entries"]
    assert measured["deep-paths"]["mib"] < 200
    assert measured["deep-paths"]["s"] < 10


def test_a_very_large_honest_member_is_hashed_without_being_held(measured):
    assert measured["large-but-honest"]["problems"] == [None, "over-size"]
    assert measured["large-but-honest"]["mib"] < 16


def test_more_unpacked_bytes_than_allowed_are_refused(write):
    found = listed(write(tar_bytes(member("a", os.urandom(3000)))), max_unpacked=2000)
    only_root(found, "archive-size")


def test_a_bomb_gives_no_contents(write):
    path = write(BOMBS["gzip-without-tar"]())
    rows = [r for b in contents(origin(path), [bytes(20)], Limits()) for r in b.to_pylist()]
    assert [row["status"] for row in rows] == ["missing"]


def test_overlapping_zip_members_are_refused(write):
    kernel = zlib.compress(bytes(MIB), 9)[2:-4]
    first = RawMember(b"a", bytes(MIB), body=kernel)
    second = RawMember(b"b", bytes(MIB), body=b"", packed=len(kernel), offset=0)
    only_root(listed(write(raw_zip(first, second))), "overlapping-members")


def test_zip_members_quoted_inside_one_another_are_refused(write):
    # Each member is a stored block that holds all members behind it (Fifield's construction).
    inner = raw_zip(RawMember(b"b", bytes(1000)))
    local = inner[: inner.index(b"PK\x01\x02")]
    outer = RawMember(b"a", local, method=0)
    quoted = RawMember(b"b", bytes(1000), body=b"", packed=len(local) - 31, offset=31)
    only_root(listed(write(raw_zip(outer, quoted))), "overlapping-members")


def test_more_entries_than_allowed_are_refused_in_a_tar_and_a_zip(write):
    members = [(str(n), b"") for n in range(50)]
    only_root(listed(write(tar_bytes(*(member(n) for n, _ in members))), max_entries=40), "too-many-entries")
    only_root(listed(write(zip_bytes(*members)), max_entries=40), "too-many-entries")


def test_directories_that_paths_imply_count_as_entries(write):
    deep = [member("/".join(f"{n}-{level}" for level in range(30))) for n in range(10)]
    only_root(listed(write(tar_bytes(*deep)), max_entries=200), "too-many-entries")


# names

UNSAFE = [
    b"../up",
    b"a/../../up",
    b"a/..",
    b"/etc/passwd",
    b".git/config",
    b"sub/.git/hooks/post-checkout",
    b".GIT/config",
    b".git",
    b".git./config",
    b".git /config",
    b".git. . /config",
    b"GIT~1/config",
    b".git::$INDEX_ALLOCATION/config",
    b"a\\.git\\config",
    ".g\u200cit/config".encode(),
    "\ufeff.Git/config".encode(),
    ".git\u206f/config".encode(),
]


@pytest.mark.parametrize("name", UNSAFE)
def test_a_path_that_leads_out_or_into_gits_folder_is_unsafe(write, name):
    for data in (
        header(name, 0) + header(b"ok", 0) + END,
        raw_zip(RawMember(name, b""), RawMember(b"ok", b"")),
    ):
        found = listed(write(data))
        assert found.problems() == {name: "unsafe-path"}
        assert found.files() == sorted([name, b"ok"])
        assert found.root["content_id"] == listed(write(header(b"ok", 0) + END)).root["content_id"]


@pytest.mark.parametrize(
    "name",
    [
        b".gitignore",
        b".github/x",
        b"a..b",
        b"...",
        b"git",
        b"x.git/a",
        b"a\x01\n\x1b[31m",
        b"\xff\xfe",
        b"a:b",
    ],
)
def test_odd_but_harmless_names_are_entries_like_any_other(write, name):
    assert listed(write(header(name, 0) + END)).problems() == {}


@pytest.mark.parametrize("name", [b"..\\up", b"a\\b", b"C:\\x", b"c:x", b"\\\\host\\share"])
def test_backslashes_and_drive_letters_are_unsafe_in_a_zip(write, name):
    assert listed(write(raw_zip(RawMember(name, b"1")))).problems() == {name: "unsafe-path"}


def test_a_nul_inside_a_name_is_unsafe(write):
    assert listed(write(raw_zip(RawMember(b"a.py\0.txt", b"1")))).problems() == {b"a.py\0.txt": "unsafe-path"}
    found = listed(write(pax((b"path", b"a\0b")) + header(b"x", 0) + END))
    assert found.problems() == {b"a\0b": "unsafe-path"}


def test_an_empty_name_does_not_pass_for_the_root(write):
    found = listed(write(raw_zip(RawMember(b"", b"1"), RawMember(b"./", b""), RawMember(b".", b"2"))))
    assert [row["problem"] for row in found.of(b".")] == ["unsafe-path"] * 2
    assert found.root["problem"] is None


def test_an_unsafe_directory_is_on_record_too(write):
    found = listed(write(header(b"../evil/", 0, b"5") + header(b"ok", 0) + END))
    assert [(row["kind"], row["problem"]) for row in found.of(b"../evil/")] == [("directory", "unsafe-path")]
    assert found.of(b"../evil/")[0]["mode"] == 0o040000


def test_a_path_deeper_than_allowed_is_unsafe_and_leaves_the_directories_above_it_without_an_id(write):
    deep = b"/".join([b"d"] * 65)
    found = listed(write(pax((b"path", deep)) + header(b"x", 0) + header(b"e/f", 0) + header(b"d/g", 0) + END))
    assert found.problems()[deep] == "unsafe-path"
    assert found.problems()[b""] == found.problems()[b"d"] == "incomplete"
    assert found.of(b"e")[0]["content_id"] is not None


def test_an_over_long_name_is_cut_and_its_length_told(write):
    found = listed(write(pax((b"path", b"n" * 5000)) + header(b"x", 0) + END))
    row = found.of(b"n" * 4096)[0]
    assert row["problem"] == "unsafe-path"
    assert "5000" in row["detail"]


def test_names_that_are_not_utf8_are_kept_as_bytes(write):
    data = tar_bytes(member("caf\udce9.py", b"1"), fmt=tarfile.GNU_FORMAT)
    assert listed(write(data)).files() == [b"caf\xe9.py"]


def test_of_two_members_with_one_name_the_last_wins(write):
    for data in (
        tar_bytes(member("a", b"old"), member("./a", b"new")),
        raw_zip(RawMember(b"a", b"old"), RawMember(b"a", b"new")),
    ):
        found = listed(write(data))
        rows = {row["problem"]: row["content_id"] for row in found.of(b"a")}
        assert rows == {"duplicate-name": content_id(b"old"), None: content_id(b"new")}
        assert found.root["content_id"] == listed(write(tar_bytes(member("a", b"new")))).root["content_id"]


@pytest.mark.parametrize("names", [["a", "a/b"], ["a/b", "a"], ["a/b/c", "a"], ["a", "a/b/c"]])
def test_a_path_that_is_a_file_and_a_directory_is_flagged_where_it_comes_second(write, names):
    found = listed(write(tar_bytes(*(member(name, b"1") for name in names))))
    assert found.problems() == {names[1].encode(): "duplicate-name"}
    assert found.root["content_id"] is not None


def test_a_file_written_through_a_symlink_is_flagged(write):
    found = listed(write(tar_bytes(member("a", kind=tarfile.SYMTYPE, link="/etc"), member("a/passwd", b"1"))))
    assert found.problems() == {b"a/passwd": "duplicate-name"}


# links and things that are not files


def test_a_symlink_is_an_entry_wherever_it_points(write):
    found = listed(write(tar_bytes(member("out", kind=tarfile.SYMTYPE, link="../../etc/passwd"))))
    assert [(r["kind"], r["content_id"]) for r in found.of(b"out")] == [("symlink", content_id(b"../../etc/passwd"))]
    assert found.problems() == {}


def test_a_loop_of_symlinks_is_two_entries(write):
    loop = [member(a, kind=tarfile.SYMTYPE, link=b) for a, b in (("a", "b"), ("b", "a"))]
    assert listed(write(tar_bytes(*loop))).problems() == {}


@pytest.mark.parametrize("target", ["/etc/passwd", "../secret", "missing", "itself", "later"])
def test_a_hard_link_to_nothing_in_the_archive_is_flagged(write, target):
    link = member("itself", kind=tarfile.LNKTYPE, link=target)
    found = listed(write(tar_bytes(link, member("later", b"1"))))
    assert found.problems() == {b"itself": "link-escapes", b"": "incomplete"}


def test_a_hard_link_to_a_lost_or_special_member_shares_its_fate(write):
    found = listed(
        write(tar_bytes(member("pipe", kind=tarfile.FIFOTYPE), member("link", kind=tarfile.LNKTYPE, link="pipe")))
    )
    assert {row["kind"] for row in found.rows[1:]} == {"special"}


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_devices_and_pipes_in_a_tar_are_special(write, kind):
    found = listed(write(tar_bytes(member("x", kind=kind), member("ok", b"1"))))
    assert [(r["kind"], r["problem"]) for r in found.of(b"x")] == [("special", "special-file")]
    assert found.root["content_id"] == listed(write(tar_bytes(member("ok", b"1")))).root["content_id"]


@pytest.mark.parametrize("mode", [0o010644, 0o020644, 0o060644, 0o140644])
def test_devices_pipes_and_sockets_in_a_zip_are_special(write, mode):
    found = listed(write(raw_zip(RawMember(b"x", b"", mode=mode))))
    assert [(r["kind"], r["problem"]) for r in found.of(b"x")] == [("special", "special-file")]


# damage


def test_an_empty_file_is_no_archive(write):
    only_root(listed(write(b"")), "not-an-archive")


@pytest.mark.parametrize(
    "data",
    [
        b"x",
        b"hello world\n" * 100,
        b"%PDF-1.7\n" + bytes(2000),
        gzip.compress(b"hello\n" * 500),
        gzip.compress(b""),
    ],
    ids=["one-byte", "text", "pdf", "gzip-of-text", "gzip-of-nothing"],
)
def test_other_files_are_no_archive(write, data):
    only_root(listed(write(data)), "not-an-archive")


def test_an_archive_that_is_not_there_is_unreadable_and_the_detail_names_no_path(tmp_path):
    found = listed(tmp_path / "gone")
    only_root(found, "unreadable")
    assert str(tmp_path) not in found.root["detail"]


def test_a_folder_in_the_place_of_an_archive_is_unreadable(tmp_path):
    only_root(listed(tmp_path), "unreadable")


NOISE = [os.urandom(40_000) for _ in range(20)]
PACKERS = {
    "plain": bytes,
    "gz": gzip.compress,
    "xz": lzma.compress,
    "bz2": bz2.compress,
    "zst": lambda data: pa.compress(data, codec="zstd", asbytes=True),
}


@pytest.mark.parametrize("packer", PACKERS)
def test_what_stands_before_a_truncation_is_delivered(write, packer):
    packed = PACKERS[packer](tar_bytes(*(member(f"{n:02}", data) for n, data in enumerate(NOISE))))
    found = listed(write(packed[: len(packed) // 2]))
    assert found.root["problem"] == "truncated"
    whole = [row for row in found.rows[1:] if row["problem"] is None]
    assert len(whole) > 3 or packer == "bz2"
    assert [row["content_id"] for row in whole] == [content_id(data) for data in NOISE[: len(whole)]]


@pytest.mark.parametrize("packer", PACKERS)
def test_every_truncation_of_a_small_tar_is_noticed(write, packer):
    packed = PACKERS[packer](tar_bytes(member("a", b"1"), member("b", NOISE[0][:900])))
    last = len(packed) - 1 if packer != "plain" else 512 + 512 + 512 + 1024
    for length in {1, 5, 17, 100, 600, 1024, 1100, last} & set(range(last + 1)):
        found = listed(write(packed[:length]))
        assert found.root["problem"] in ("truncated", "not-an-archive"), length
        assert found.root["content_id"] is None


@pytest.mark.parametrize("packer", ["gz", "xz", "bz2"])  # pyarrow writes Zstandard frames without checksums
def test_a_flipped_bit_in_compressed_data_is_noticed(write, packer):
    packed = bytearray(PACKERS[packer](tar_bytes(*(member(f"{n:02}", data) for n, data in enumerate(NOISE)))))
    packed[len(packed) // 2] ^= 0x10
    found = listed(write(bytes(packed)))
    assert found.root["problem"] == "corrupt"


def test_a_file_that_the_archive_cuts_short_has_a_row(write):
    for data in (header(b"cut", 5000) + bytes(700), gzip.compress(header(b"cut", 5000) + bytes(700))):
        found = listed(write(data))
        assert found.problems() == {b"": "truncated", b"cut": "truncated"}


def test_behind_a_broken_tar_header_the_reading_goes_on_at_the_next(write):
    data = header(b"a", 1) + padded(b"1") + b"garbage!" * 64 + bytes(1024) + NOISE[0][:512] + header(b"b", 0) + END
    found = listed(write(data))
    assert found.root["problem"] == "corrupt"
    assert "byte 1024" in found.root["detail"]
    assert found.files() == [b"a", b"b"]


def test_what_was_said_of_a_lost_member_is_not_said_of_the_next(write):
    found = listed(write(header(b"a", 0) + pax((b"path", b"lost")) + b"garbage!" * 64 + header(b"b", 0) + END))
    assert found.files() == [b"a", b"b"]


def test_headers_without_a_magic_are_not_believed_behind_a_broken_one(write):
    old = bytearray(header(b"b", 0))
    old[257:265] = bytes(8)
    old[148:156] = b"        "
    old[148:156] = b"%06o\0 " % sum(old)
    found = listed(write(header(b"a", 0) + b"garbage!" * 64 + bytes(old) + END))
    assert found.files() == [b"a"]
    assert listed(write(header(b"a", 0) + bytes(old) + END)).files() == [b"a", b"b"]


def test_every_header_of_an_archive_broken_costs_that_member_alone(write):
    whole = [member(f"{n}", data) for n, data in enumerate(NOISE[:6])]
    for lost in range(1, len(whole)):
        packed = bytearray(tar_bytes(*whole))
        at = sum(512 + -(-len(data) // 512) * 512 for data in NOISE[:lost])
        packed[at + 148] ^= 1
        found = listed(write(bytes(packed)))
        assert found.files() == [b"%d" % n for n in range(6) if n != lost]


def test_a_size_that_is_no_number_is_a_broken_header(write):
    for field in (b"-1234567890\0", b"99999999999\0", b"\xff" * 12, b"0x10\0"):
        assert listed(write(header(b"a", 0) + header(b"b", 0, size_field=field) + END)).root["problem"] == "corrupt"


def test_a_size_beyond_all_files_is_refused(write):
    field = b"\x80" + b"\xff" * 11
    assert listed(write(header(b"a", 0, size_field=field) + END)).root["problem"] == "corrupt"


def test_a_member_that_claims_a_terabyte_ends_with_the_file(write):
    found = listed(write(header(b"a", 0, size_field=b"\x80" + (1 << 40).to_bytes(11, "big")) + bytes(2000)))
    assert found.problems() == {b"": "truncated", b"a": "truncated"}


def test_sparse_files_that_claim_a_terabyte_are_not_unpacked(write):
    terabyte = b"%d" % (1 << 40)
    old = header(b"old", 512, b"S", magic=b"ustar  \0", at={483: b"\x80" + (1 << 40).to_bytes(11, "big")})
    new = pax((b"GNU.sparse.major", b"1"), (b"GNU.sparse.name", b"new"), (b"GNU.sparse.realsize", terabyte))
    found = listed(write(old + bytes(512) + new + header(b"x", 512) + bytes(512) + header(b"ok", 0) + END))
    assert found.problems() == {b"old": "sparse-file", b"new": "sparse-file", b"": "incomplete"}
    assert found.files() == [b"new", b"ok", b"old"]


def test_an_endless_sparse_map_ends_with_the_file(write):
    block = header(b"old", 0, b"S", magic=b"ustar  \0", at={482: b"\1"})
    assert listed(write(block + (bytes(504) + b"\1" + bytes(7)) * 100)).root["problem"] == "truncated"


def test_a_huge_pax_record_costs_its_own_member_only(write):
    huge = pax((b"comment", b"x" * 3 * MIB))
    data = huge + header(b"victim", 1) + padded(b"1") + header(b"ok", 1) + padded(b"2") + END
    found = listed(write(data))
    assert found.problems() == {b"victim": "bad-header", b"": "incomplete"}
    assert found.files() == [b"ok", b"victim"]


@pytest.mark.parametrize(
    "body",
    [b"no records", b"5 a=", b"999 path=x\n", b"0 path=x\n", b"99999999999999 path=x\n", b"12 path=abcd"],
)
def test_pax_records_that_make_no_sense_are_a_bad_header(write, body):
    found = listed(write(header(b"pax", len(body), b"x") + padded(body) + header(b"a", 0) + END))
    assert found.problems()[b"a"] == "bad-header"


def test_a_pax_size_that_is_no_number_is_corrupt(write):
    for size in (b"-5", b"1e9", b"9" * 40, b""):
        assert listed(write(pax((b"size", size)) + header(b"a", 0) + END)).root["problem"] == "corrupt"


def test_twenty_thousand_pax_headers_in_a_row_cost_little(write):
    start = time.process_time()
    found = listed(write(gzip.compress(pax((b"path", b"x")) * 20_000 + header(b"a", 0) + END)), max_ratio=10**6)
    assert found.files() == [b"x"]
    assert time.process_time() - start < 5


def test_memory_that_an_xz_header_asks_for_is_bounded(write):
    only_root(listed(write(_xz_with_a_large_dictionary())), "corrupt")


def _xz_with_a_large_dictionary() -> bytes:
    """A stream whose block header asks for a dictionary of 4 GiB, with its checksum put right."""
    data = bytearray(lzma.compress(header(b"a", 0) + END, filters=[{"id": lzma.FILTER_LZMA2, "preset": 0}]))
    size = (data[12] + 1) * 4
    at = data.index(b"\x21\x01", 12) + 2
    data[at] = 40
    data[12 + size - 4 : 12 + size] = zlib.crc32(bytes(data[12 : 12 + size - 4])).to_bytes(4, "little")
    return bytes(data)


# zip


def test_an_encrypted_member_is_flagged_and_the_others_go_on(write):
    found = listed(write(raw_zip(RawMember(b"a", b"1", flags=1), RawMember(b"b", b"2"))))
    assert found.problems() == {b"a": "encrypted", b"": "incomplete"}
    assert found.kept == {content_id(b"2"): b"2"}


def test_a_method_that_nobody_knows_is_flagged_and_the_others_go_on(write):
    found = listed(write(raw_zip(RawMember(b"a", b"1", method=99), RawMember(b"b", b"2"))))
    assert found.problems() == {b"a": "unsupported-compression", b"": "incomplete"}


@pytest.mark.parametrize(
    "bad",
    [
        RawMember(b"a", b"text", crc=1),
        RawMember(b"a", b"text", body=b"\xff\xff\xff"),
        RawMember(b"a", b"text" * 99, length=4),
        RawMember(b"a", b"text", length=400),
        RawMember(b"a", b"text" * 99, packed=3),
        RawMember(b"a", b"text", local_name=b"z"),
        RawMember(b"a", b"text", offset=10**6),
        RawMember(b"a", b"text" * 99, length=2**32 - 1, extra=b"\1\0\x08\0" + b"\xff" * 8),
        RawMember(b"a", b"text", packed=2**32 - 1, extra=b"\1\0\x08\0" + b"\x7f" * 8, offset=10**8),
        RawMember(b"a", b"text", method=0, length=2**31, packed=4),
    ],
    ids=[
        "checksum",
        "no-deflate",
        "longer-than-declared",
        "shorter-than-declared",
        "cut-short",
        "two-names",
        "outside-the-file",
        "zip64-length",
        "zip64-packed",
        "stored-and-huge",
    ],
)
def test_a_zip_member_that_lies_or_is_damaged_is_corrupt_and_the_others_go_on(write, bad):
    found = listed(write(raw_zip(RawMember(b"b", b"2"), bad)))
    assert found.problems()[b"a"] in ("corrupt", "truncated")
    assert found.problems()[b""] == "incomplete"
    assert found.kept == {content_id(b"2"): b"2"}


def test_a_declared_size_that_lies_downwards_never_lets_more_through(write):
    found = listed(write(raw_zip(RawMember(b"a", bytes(20 * MIB), length=10))), max_ratio=10**6, max_unpacked=MIB)
    assert found.problems() == {b"a": "corrupt", b"": "incomplete"}


def test_a_zip_without_its_end_gives_the_members_in_front(write):
    data = raw_zip(*(RawMember(b"%02d" % n, noise, method=0) for n, noise in enumerate(NOISE)))
    found = listed(write(data[: len(data) // 2]))
    assert found.root["problem"] == "truncated"
    assert len(found.kept) == 10
    assert found.of(b"10")[0]["problem"] in ("corrupt", "truncated")


def test_a_broken_central_directory_gives_the_members_before_the_break(write):
    data = bytearray(raw_zip(*(RawMember(b"%d" % n, b"%d" % n) for n in range(3))))
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    data[second] = 0
    found = listed(write(bytes(data)))
    assert found.root["problem"] == "corrupt"
    assert found.files() == [b"0"]


def test_an_end_record_that_counts_millions_is_not_believed(write):
    data = bytearray(raw_zip(RawMember(b"a", b"1")))
    end = data.rindex(b"PK\x05\x06")
    data[end + 8 : end + 12] = b"\xff\xff\xff\xff"
    assert listed(write(bytes(data))).files() == [b"a"]


def test_a_64_bit_end_record_that_points_nowhere_is_truncated(write):
    plain = raw_zip(RawMember(b"a", b"1"))
    end = plain.rindex(b"PK\x05\x06")
    lie = b"PK\x06\x06" + (44).to_bytes(8, "little") + bytes(28) + b"\xff" * 16
    locator = b"PK\x06\x07" + bytes(16)
    assert listed(write(plain[:end] + lie + locator + plain[end:])).root["problem"] == "truncated"


# any damage at all


@functools.cache
def _all_formats() -> list[bytes]:
    tar = tar_bytes(
        member("a.py", b"print(1)\n" * 30),
        member("b/c", kind=tarfile.SYMTYPE, link="../a.py"),
        member("b/" + "n" * 120, b"2", mode=0o755),
        member("h", kind=tarfile.LNKTYPE, link="a.py"),
    )
    packed = zip_bytes(("a.py", b"print(1)\n" * 30), ("b/c", b"2"))
    return [tar, packed, *(pack(tar) for name, pack in PACKERS.items() if name != "plain")]


@settings(max_examples=100)
@given(
    which=st.integers(0, 5),
    changes=st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, 6000),
)
@example(which=1, changes=[], cut=0)
def test_no_damage_makes_listing_fail_or_lose_count(tmp_path_factory, which, changes, cut):
    data = bytearray(_all_formats()[which])
    for at, value in changes:
        data[at % len(data)] = value
    path = tmp_path_factory.mktemp("fuzz") / "case"
    path.write_bytes(bytes(data[: cut or len(data)]))
    found = listed(path)
    assert found.root["kind"] == "directory"
    assert (found.root["content_id"] is None) == (found.root["problem"] is not None)
    assert all(content_id(kept) == own for own, kept in found.kept.items())
    for row in found.rows[1:]:
        assert row["path"] and (row["problem"] or len(row["content_id"]) == 20)


def test_a_failing_store_is_not_taken_for_a_damaged_archive(write):
    def full(own: bytes, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        list(entries(origin(write(tar_bytes(member("a", b"1")))), Limits(), full))
