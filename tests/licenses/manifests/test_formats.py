"""What each manifest format says, by the real text of one."""

from __future__ import annotations

import pkgutil
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackmark.licenses import corpus, manifests
from stackmark.licenses.expressions import UNKNOWN
from stackmark.licenses.manifests import (
    cargo,
    cpan,
    json_field,
    lines,
    program,
    pyproject,
    python_metadata,
    setup_cfg,
    xml_field,
)

Answer = list[tuple[str | None, str | None, str | None]]


def said(name: str, text: str) -> Answer:
    return [(one.expression, one.family, one.file) for one in manifests.read(name, text.encode())]


CASES = [
    ("package.json", '{"license": "MIT"}', "MIT"),
    ("package.json", '{"license": {"type": "ISC", "url": "https://x"}}', "ISC"),
    ("package.json", '{"licenses": [{"type": "MIT"}, {"type": "GPL-2.0"}]}', "MIT OR GPL-2.0-only"),
    ("package.json", '\ufeff{"license": "(MIT OR Apache-2.0)"}', "MIT OR Apache-2.0"),
    ("package.json", '{"license": "UNLICENSED"}', "LicenseRef-scancode-proprietary-license"),
    ("package.json", '{"license": "Our own terms"}', UNKNOWN),
    ("composer.json", '{"license": ["LGPL-2.1-only", "GPL-3.0-or-later"]}', "LGPL-2.1-only OR GPL-3.0-or-later"),
    ("vcpkg.json", '{"license": "BSL-1.0"}', "BSL-1.0"),
    ("elm.json", '{"license": "BSD-3-Clause"}', "BSD-3-Clause"),
    ("Cargo.toml", '[package]\nlicense = "MIT/Apache-2.0"\n', "MIT OR Apache-2.0"),
    ("Cargo.toml", '[workspace.package]\nlicense = "MIT"\n', "MIT"),
    ("pyproject.toml", '[project]\nlicense = "MIT AND ISC"\n', "MIT AND ISC"),
    ("pyproject.toml", '[project]\nlicense = {text = "BSD 3-Clause"}\n', "BSD-3-Clause"),
    ("pyproject.toml", '[tool.poetry]\nlicense = "Apache-2.0"\n', "Apache-2.0"),
    (
        "pyproject.toml",
        '[project]\nlicense = {file = "LICENSE"}\nclassifiers = ["License :: OSI Approved :: MIT License"]\n',
        "MIT",
    ),
    ("PKG-INFO", "Metadata-Version: 2.4\nName: x\nLicense-Expression: MIT OR ISC\n\nText\n", "MIT OR ISC"),
    ("METADATA", "Name: x\nLicense: UNKNOWN\nClassifier: License :: OSI Approved :: ISC License (ISCL)\n\n", "ISC"),
    ("setup.cfg", "[metadata]\nname = x\nlicense = MIT\n", "MIT"),
    ("setup.cfg", "[metadata]\nclassifiers =\n  License :: OSI Approved :: MIT License\n  Topic :: X\n", "MIT"),
    ("Makefile.PL", "WriteMakefile(NAME => 'X', LICENSE => 'perl_5');\n", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
    ("rebar.config", '{licenses, ["MIT"]}.\n', "MIT"),
    ("conanfile.py", 'class X(ConanFile):\n    license = "BSL-1.0"\n', "BSL-1.0"),
    ("setup.py", 'setup(name="x",\n      # license="GPL-3.0"\n      license="MIT")', "MIT"),
    (
        "setup.py",
        "setup(license=read('L'), classifiers=[\n 'License :: OSI Approved :: GNU General Public License v3 (GPLv3)'])",
        "GPL-3.0-only",
    ),
    ("x.gemspec", 'Gem::Specification.new do |s|\n  s.license = "MIT"\nend', "MIT"),
    ("x.gemspec", "s.licenses = ['MIT', 'Ruby']", "MIT AND Ruby"),
    ("x.gemspec", "s.licenses = %w[MIT Ruby]", "MIT AND Ruby"),
    ("x.podspec", "s.license = { :type => 'MIT', :file => 'LICENSE' }", "MIT"),
    ("mix.exs", 'package: [licenses: ["Apache-2.0"], links: %{}]', "Apache-2.0"),
    ("meson.build", "project('x', 'c',\n  license : 'BSD-2-Clause',\n  version : '1')", "BSD-2-Clause"),
    ("x-1.0-1.rockspec", 'description = {\n  license = "MIT/X11"\n}', "MIT"),
    (
        "pom.xml",
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><licenses><license><name>Apache License, Version 2.0</name>'
        "</license><license><name>EPL 2.0</name></license></licenses><dependencies><dependency><license>GPL-3.0"
        "</license></dependency></dependencies></project>",
        "Apache-2.0 OR EPL-2.0",
    ),
    ("x.nuspec", '<package><metadata><license type="expression">MIT</license></metadata></package>', "MIT"),
    (
        "x.nuspec",
        "<package><metadata><licenseUrl>https://licenses.nuget.org/MIT</licenseUrl></metadata></package>",
        "MIT",
    ),
    (
        "x.csproj",
        "<Project><PropertyGroup><PackageLicenseExpression>ISC</PackageLicenseExpression></PropertyGroup></Project>",
        "ISC",
    ),
    ("DESCRIPTION", "Package: x\nLicense: GPL (>= 2) | MIT + file LICENSE\n", "GPL-2.0-or-later OR MIT"),
    (
        "x.cabal",
        "cabal-version: 3.0\nname: x\nlicense:             BSD-3-Clause\nlicense-file: LICENSE\n",
        "BSD-3-Clause",
    ),
    ("x.opam", 'opam-version: "2.0"\nlicense: "ISC"\n', "ISC"),
    ("opam", 'license: ["MIT" "ISC"]\n', "MIT AND ISC"),
    ("META.yml", "---\nlicense: perl\n", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
    ("META.json", '{"license": ["perl_5"]}', "Artistic-1.0-Perl OR GPL-1.0-or-later"),
    ("CITATION.cff", "license:\n  - MIT\n  - Apache-2.0\nversion: 1\n", "MIT AND Apache-2.0"),
    ("x.spec", "Name: x\nLicense: GPLv2+ and MIT\n", "GPL-2.0-or-later AND MIT"),
    ("PKGBUILD", "pkgname=x\nlicense=('MIT' 'ISC')\n", "MIT AND ISC"),
    ("PKGBUILD", "license=(MIT GPL-2.0-only)", "MIT AND GPL-2.0-only"),
    ("PKGBUILD", "license=('MIT'\n  'Heron')", "MIT AND LicenseRef-stackmark-unknown"),
    ("DESCRIPTION", "License: Apache License (== 2.0)\n", "Apache-2.0"),
    ("pubspec.yaml", "name: x\nlicense: ISC\n", "ISC"),
    ("dub.sdl", 'name "x"\nlicense "BSL-1.0"\n', "BSL-1.0"),
    ("x.podspec.json", '{"name": "x", "license": {"type": "MIT", "file": "LICENSE"}}', "MIT"),
]


@pytest.mark.parametrize(("name", "text", "expected"), CASES)
def test_expressions(name: str, text: str, expected: str) -> None:
    assert said(name, text) == [(expected, None, None)]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("package.json", '{"license": "BSD"}', (None, "bsd", None)),
        ("PKGBUILD", "license=('GPL')", (None, "gpl", None)),
        (
            "METADATA",
            "Classifier: License :: OSI Approved :: Apache Software License\n\n",
            (None, "apache software", None),
        ),
        ("package.json", '{"license": "SEE LICENSE IN doc/LICENSE.md"}', (None, None, "doc/LICENSE.md")),
        ("Cargo.toml", '[package]\nlicense-file = "TERMS.txt"\n', (None, None, "TERMS.txt")),
        (
            "x.nuspec",
            '<package><metadata><license type="file">L.txt</license></metadata></package>',
            (None, None, "L.txt"),
        ),
        ("pyproject.toml", '[project]\nlicense = {file = "LICENSE"}\n', (None, None, "LICENSE")),
        ("DESCRIPTION", "License: file LICENSE\n", (None, None, "LICENSE")),
    ],
)
def test_names_without_a_version_and_files(name: str, text: str, expected: tuple[str | None, ...]) -> None:
    assert said(name, text) == [expected]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("conanfile.py", 'assert isfile(join(root, "licenses", "LICENSE.txt"))\n'),
        ("package.json", '{"name": "x"}'),
        ("package.json", '{"license": ""}'),
        ("package.json", "{"),
        ("package.json", "[" * 100_000),
        ("package.json", "[1]"),
        ("package.json", '{"license": 3}'),
        ("Cargo.toml", "[package]\nlicense.workspace = true\n"),
        ("Cargo.toml", "["),
        ("Cargo.toml", "package = 1\n"),
        ("pyproject.toml", "a = " + "[" * 5000),
        ("setup.cfg", "no section\n"),
        ("pom.xml", "<project>"),
        ("pom.xml", '<!DOCTYPE a [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><project><license>&c;</license></project>'),
        ("setup.py", "raise SystemExit"),
        ("setup.py", "license(" * 10_000),
        ("DESCRIPTION", ""),
        ("METADATA", "\0"),
    ],
)
def test_what_says_nothing_or_is_damaged_declares_nothing(name: str, text: str) -> None:
    assert said(name, text) == []


def test_a_long_manifest_is_not_read() -> None:
    assert said("package.json", '{"license": "MIT"}' + " " * (1 << 20)) == []


def test_a_full_text_in_the_field_is_recognised() -> None:
    folder = corpus.folder() / "licenses"
    words = " ".join((folder / "isc.LICENSE").read_text("utf-8").split("---\n", 2)[2].split()).replace("'", "")
    assert said("pyproject.toml", f"[project]\nlicense = {{text = '{words}'}}\n")[0][0] == "ISC"


MODULES = (cargo, cpan, json_field, lines, program, pyproject, python_metadata, setup_cfg, xml_field)


def test_every_module_is_a_format_with_a_case() -> None:
    names = {info.name for info in pkgutil.iter_modules(manifests.__path__)}
    assert {module.__name__.rpartition(".")[2] for module in MODULES} == names
    for module in MODULES:
        assert any(re.fullmatch(module.FORMAT.names, name) for name, _, _ in CASES), module.__name__


@given(st.sampled_from([name for name, _, _ in CASES]), st.binary(max_size=300))
def test_any_bytes_are_read(name: str, content: bytes) -> None:
    manifests.read(name, content)


@given(st.sampled_from(CASES), st.integers(0, 200), st.binary(max_size=5))
def test_damaged_manifests_are_read(case: tuple[str, str, str], place: int, noise: bytes) -> None:
    name, text, _ = case
    raw = text.encode()
    manifests.read(name, raw[:place] + noise + raw[place:])
