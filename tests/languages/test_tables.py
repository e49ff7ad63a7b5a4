import json
import re
import tomllib
from pathlib import Path

import pytest

from stackmark.errors import StackmarkError
from stackmark.languages import Language, detect, folder, names, table
from stackmark.languages.claims import claim
from stackmark.languages.tables import DATA, compiled


def test_every_language_is_listed_once_and_in_order():
    assert len(names()) == len(set(names())) >= 829
    assert list(names()) == sorted(names())
    assert {"1C Enterprise", "C++", "Python", "YAML"} <= set(names())


def test_the_data_file_names_source_and_license():
    head = json.loads(Path(DATA, "languages.json").read_text(encoding="utf-8"))
    assert "linguist-languages@9.5.0" in head["source"]
    assert head["license"] == "MIT"
    assert len(head["copyright"]) == 2


def test_folders_are_unique_and_safe_as_folder_and_configuration_names():
    folders = [folder(name) for name in names()]
    assert len({name.casefold() for name in folders}) == len(folders)
    assert not [name for name in folders if re.search(r'[<>:"/\\|?*\x00-\x1f]|^\.|[. ]$', name)]


@pytest.mark.parametrize(("name", "expected"), [("F*", "Fstar"), ("Pro*C", "ProC"), ("C++", "C++"), ("C#", "C#")])
def test_folder_changes_only_what_is_unsafe(name, expected):
    assert folder(name) == expected


def test_folder_of_no_language_is_an_error():
    with pytest.raises(StackmarkError, match="Klingon"):
        folder("Klingon")


def test_every_extension_resolves_to_a_language_that_claims_it():
    for name, facts in table().items():
        for extension in facts.extensions:
            found = detect(f"src/some-file{extension}", b"")
            claimants = compiled()["extensions"][extension]
            assert name in claimants
            if claim(b"some-file" + extension.encode()).guarded:
                assert found is None
                continue
            assert found is not None and found.name == claimants[0]
            assert found.strategy == ("extension" if len(claimants) == 1 else "extension-ambiguous")


def test_every_file_name_resolves_to_a_language_that_claims_it():
    for name, facts in table().items():
        for filename in facts.filenames:
            found = detect(f"deep/below/{filename}", b"")
            assert found is not None and found.strategy in ("filename", "filename-ambiguous")
            assert found.name == name or name in compiled()["filenames"][filename]


def test_every_interpreter_resolves_to_a_language_that_claims_it():
    for name, facts in table().items():
        for interpreter in facts.interpreters:
            found = detect("run", f"#!/usr/bin/{interpreter}\n".encode())
            assert found is not None and found.strategy == "shebang"
            assert found.name == name or name in compiled()["interpreters"][interpreter]


def test_the_order_of_preference_names_known_languages_and_real_claims():
    preference = tomllib.loads(Path(DATA, "ambiguous.toml").read_text(encoding="utf-8"))
    assert set(preference["rank"]) <= set(names())
    assert len(set(preference["rank"])) == len(preference["rank"])
    for key, row in preference["commonest"].items():
        claims = compiled()["extensions"].get(key, []) + compiled()["filenames"].get(key, [])
        assert len(claims) > 1 and row["language"] in claims and row["reason"]


@pytest.mark.parametrize(
    ("extension", "name"),
    [
        (".h", "C"), (".m", "Objective-C"), (".pl", "Perl"), (".pm", "Perl"), (".md",
        "Markdown"),
        (".ts", "TypeScript"), (".tsx", "TSX"), (".r", "R"), (".R", "R"), (".sql", "SQL"), (".inc", "C++"),
        (".cls", "Apex"), (".v", "Verilog"), (".fs", "F#"), (".txt", "Text"), (".yml", "YAML"), (".yaml",
        "YAML"),
        (".json", "JSON"), (".rs", "Rust"), (".cs", "C#"), (".php", "PHP"), (".html", "HTML"), (".cfg",
        "INI"),
        (".properties", "Java Properties"), (".plist", "XML Property List"), (".lisp",
        "Common Lisp"),
        (".ml", "OCaml"), (".ex", "Elixir"), (".s", "Unix Assembly"), (".asm", "Assembly"), (".f",
        "Fortran"),
        (".for", "Fortran"), (".as", "ActionScript"), (".pp", "Puppet"), (".scm",
        "Scheme"),
        (".frag", "GLSL"), (".gs", "JavaScript"), (".st", "Smalltalk"), (".hh",
        "C++"),
    ],
)  # fmt: skip
def test_ambiguous_extensions_take_the_commonest_language_and_say_so(extension, name):
    assert detect("a" + extension, b"") == Language(name, "extension-ambiguous", 0.5)
