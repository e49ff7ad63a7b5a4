import pytest

from stackmark.languages import detect
from stackmark.languages.claims import NOTHING, claim


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Dockerfile.dev", "Dockerfile"), ("Dockerfile-x.prod", None), ("dockerfile", "Dockerfile"),
        ("Containerfile.ci", "Dockerfile"),
        ("Makefile.linux", "Makefile"), ("Jenkinsfile.nightly", "Groovy"), ("Gemfile.local", "Ruby"),
        ("dev.Dockerfile", "Dockerfile"),
        ("config.yml.example", "YAML"), ("settings.py.dist", "Python"), ("a.cpp.orig", "C++"), ("a.py~", "Python"),
        ("tool.service.in", "INI"), ("a.bak", None), ("index.html.erb", "HTML+ERB"),
        ("a.js.erb", "JavaScript+ERB"),
        ("view.blade.php", "Blade"), ("Rakefile.rb", "Ruby"), ("printf.3posix", "Roff Manpage"),
        ("a.so.1", None), ("x.~", None),
        ("Makefile.md", "Markdown"),
    ],
)  # fmt: skip
def test_names_of_variants_copies_and_templates(name, expected):
    text = b".TH PRINTF 3\n" if name.startswith("printf") else b"[Unit]\nA=b\n"
    found = detect(name, text)
    assert (found.name if found else None) == expected


def test_a_name_leaves_open_none_one_or_several_languages():
    assert claim(b"noextension") is NOTHING
    assert claim(b"a.py").certain
    assert not claim(b"a.h").certain
    assert claim(b"a.H") is claim(b"b.h")


def test_endless_copies_of_copies_end():
    assert claim(b"a" + b".bak" * 200) is NOTHING
    assert claim(b"a.py" + b".bak" * 200).languages == ("Python",)
    assert claim(b"~" * 100_000) is NOTHING
    assert claim(b"a.py" + b"~" * 100_000).languages == ("Python",)
    assert claim(b"a" + b".bak" * 100_000) is NOTHING
