"""Manifests that are programs: setup.py, *.gemspec, *.podspec, mix.exs, *.rockspec, meson.build, *.nimble and others.

They are never run. A licence counts where it stands as a literal right after its field; one that is put together,
or read from a file, is not known.
"""

from __future__ import annotations

import re2

from stackmark.licenses.manifests import Format, Stated
from stackmark.licenses.manifests.python_metadata import from_classifiers

_FILES = (
    r"setup\.py|[^/]+\.gemspec|[^/]+\.podspec|mix\.exs|[^/]+\.rockspec|meson\.build|[^/]+\.nimble|Package\.swift"
    r"|PKGBUILD|APKBUILD|rebar\.config|[^/]+\.app\.src|Makefile\.PL|Build\.PL|conanfile\.py|build\.sbt"
)
_COMMENT = re2.compile(r"(?m)^[ \t]*(?:#|//|--|%)[^\n]*$")
_FIELD = re2.compile(
    # A comma parts the name from the value in Erlang alone, where it stands behind a brace.
    r"""(?:(?:^|[\s.,(\[{:_'"])(?:licen[sc]es?|LICENSE)["']?[ \t]*(?:\+?=>?|:|\()?|\{[ \t]*licen[sc]es?[ \t]*,)"""
    r"""[ \t]*[\[({]*[ \t]*"""
    r"""(?::?type[ \t]*["']?[ \t]*(?:=>|:)[ \t]*)?"""
    r"""((?:%[wW])?[\[({]*[ \t]*["'][^"'\n]+["'](?:[ \t]*,\s*["'][^"'\n]+["']){0,9})"""
)
#: Shell knows no commas: each word of an array is a licence, and all of them hold.
_ARRAY = re2.compile(r"(?m)^[ \t]*license=\(([^()]{0,1000})\)")
_ARRAY_WORD = re2.compile(r"""'([^'\n]*)'|"([^"\n]*)"|([^\s'"#]+)""")
_WORDS = re2.compile(r"licenses[ \t]*=[ \t]*%[wW][\[({]([\w. +-]{1,200})[\])}]")
_TEXT = re2.compile(r"""["']([^"'\n]{1,200})["']""")
_CLASSIFIER = re2.compile(r"""["'](License ::[^"'\n]{1,200})["']""")


def read(text: str) -> Stated:
    """Return the literals of the first licence field, else those of Python's classifiers."""
    code = _COMMENT.sub("", text)
    array = _ARRAY.search(code)
    if array:
        return Stated([next(filter(None, word), "") for word in _ARRAY_WORD.findall(array[1])])
    words = _WORDS.search(code)
    if words:
        return Stated(words[1].split())
    found = _FIELD.search(code)
    if found:
        return Stated(_TEXT.findall(found[1]))
    return Stated(from_classifiers(_CLASSIFIER.findall(code)))


FORMAT = Format(_FILES, read, program=True)
