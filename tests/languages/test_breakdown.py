import json
import os

import pytest

from stackmark.folders import walk
from stackmark.languages.breakdown import HEAD, look, shares, why


def write(root, files):
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def looked(root):
    return {file.path.decode("utf-8", "surrogateescape"): file for file in look(root, walk(root))}


NOTEBOOK = json.dumps({"cells": [], "metadata": {"kernelspec": {"name": "ir"}}}).encode()


def test_each_file_with_what_keeps_it_out(tmp_path):
    write(
        tmp_path,
        {
            "src/main.py": b"print()\n",
            "node_modules/x/a.js": b"x = 1\n",
            "docs/conf.py": b"import os\n",
            "go.sum": b"a v1 h1:x\n",
            "logo.png": b"\x89PNG\0\0",
            "data.toml": b"a = 1\n",
            "what.ever": b"nothing that we know\n",
            "r.ipynb": NOTEBOOK,
            "vendor/README.md": b"# x\n",
        },
    )
    found = looked(tmp_path)
    assert {name: (file.language, file.left_out) for name, file in found.items()} == {
        "src/main.py": ("Python", ()),
        "node_modules/x/a.js": ("JavaScript", ("vendored",)),
        "docs/conf.py": ("Python", ("documentation",)),
        "go.sum": ("Go Checksums", ("generated", "data")),
        "logo.png": (None, ("not text",)),
        "data.toml": ("TOML", ("data",)),
        "what.ever": (None, ("unknown",)),
        "r.ipynb": ("Jupyter Notebook", ()),
        "vendor/README.md": ("Markdown", ("vendored", "documentation", "prose")),
    }
    assert found["r.ipynb"].kernel == "R"
    assert found["src/main.py"].encoding == "utf-8"


def test_files_of_a_folder_are_each_others_context(tmp_path):
    write(tmp_path, {f"src/{name}.cc": b"int f();\n" for name in "abc"} | {"src/a.h": b"int f();\n"})
    assert (looked(tmp_path)["src/a.h"].language, looked(tmp_path)["src/a.h"].strategy) == ("C++", "context")
    alone = look(tmp_path / "src", [b"a.h"])
    assert [file.language for file in alone] == ["C"]


def test_shares_are_of_bytes_and_add_up(tmp_path):
    write(tmp_path, {"a.py": b"x = 1\n" * 30, "b.py": b"y = 1\n" * 20, "c.rb": b"z = 1\n" * 50, "d.toml": b"a = 1\n"})
    files = list(look(tmp_path, walk(tmp_path)))
    assert [(one.language, one.files, one.bytes, one.share) for one in shares(files)] == [
        ("Python", 2, 300, 0.5), ("Ruby", 1, 300, 0.5)
    ]  # fmt: skip
    everything = shares(files, everything=True)
    assert [one.language for one in everything] == ["Python", "Ruby", "TOML"]
    assert sum(one.share for one in everything) == pytest.approx(1)


def test_languages_count_with_their_group(tmp_path):
    write(tmp_path, {"a.pyx": b"cdef int x\n", "b.mm": b'#import "a.h"\n@implementation A\n@end\n'})
    assert {one.language for one in shares(look(tmp_path, walk(tmp_path)))} == {"Cython", "Objective-C++"}
    write(tmp_path, {"c.bat": b"@echo off\n", "d.fish": b"set x 1\n"})
    assert {one.language for one in shares(look(tmp_path, [b"c.bat", b"d.fish"]))} == {"Batchfile", "Shell"}


def test_an_empty_folder_has_no_shares(tmp_path):
    assert shares(look(tmp_path, walk(tmp_path))) == []


def test_links_and_stores_are_not_followed(tmp_path):
    write(tmp_path, {"a.py": b"x\n", ".git/config": b"[core]\n", ".hg/x.py": b"", "z/b.rb": b"y\n"})
    (tmp_path / "link.py").symlink_to("a.py")
    (tmp_path / "loop").symlink_to(".")
    os.mkfifo(tmp_path / "pipe.py")
    assert walk(tmp_path) == [b"a.py", b"z/b.rb"]
    assert list(look(tmp_path, [b"link.py", b"pipe.py", b"gone.py", b"z", b"nul\0.py"])) == []


def test_names_that_are_not_utf8(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.py")).write_bytes(b"x = 1\n")
    assert [(file.path, file.language) for file in look(tmp_path, walk(tmp_path))] == [(b"caf\xe9.py", "Python")]


def test_long_files_count_whole_but_are_read_in_part(tmp_path):
    line = "é = 1\n".encode()
    write(tmp_path, {"a.py": line * (2 * HEAD // len(line)), "b.js": b"x" * (HEAD + 7)})
    files = looked(tmp_path)
    assert (files["a.py"].length, files["a.py"].encoding) == (2 * HEAD // len(line) * len(line), "utf-8")
    assert files["b.js"].left_out == ("generated",)


def test_why_names_rules_and_languages(tmp_path):
    write(tmp_path, {"Pods/a.h": b"@interface A : NSObject\n@end\n", "b.min.js": b"x", "c.js": b"x" * 900})
    files = looked(tmp_path)
    said = {name: why(file, (tmp_path / name).read_bytes()) for name, file in files.items()}
    assert said["Pods/a.h"][0].startswith("its name may be of ")
    assert "vendored (package-folders)" in said["Pods/a.h"]
    assert "generated (minified-and-bundled)" in said["b.min.js"]
    assert said["c.js"] == ["generated (long lines)"]
