"""Redaction: values out, inert stand-ins of the same type in, every other byte as it was.

`redact` is the whole of it for one content. A build numbers the values of a whole repository first (`Ordinals`), so
that equal values are equal in all of its files, and unlinkable across repositories.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from stackmark.pii import syntax, wide
from stackmark.pii.replace import forms, is_replaced
from stackmark.pii.spans import Span

Style = Literal["pseudonym", "placeholder"]
PathLike = str | bytes | None

FORMS_A_TYPE = 3  # that `replace.forms` gives
_MOST_TRIED = 50


@dataclass
class Ordinals:
    """Numbers the different values of each type in the order in which they come: 1, 2, 3 ...

    It holds values while a repository is worked on, and must never be written anywhere.
    """

    _known: dict[tuple[str, bytes], int] = field(default_factory=dict, repr=False)
    _counts: dict[str, int] = field(default_factory=dict, repr=False)

    def number(self, kind: str, value: bytes) -> int:
        """Return the ordinal of a value, a new one if it has not been seen."""
        found = self._known.get((kind, value))
        if found is None:
            found = self._known[kind, value] = self._counts[kind] = self._counts.get(kind, 0) + 1
        return found


@dataclass(frozen=True)
class Replacement:
    """Bytes `start` to `end` of a content become `after`; `span` is what was found there."""

    span: Span
    ordinal: int
    after: bytes

    @property
    def start(self) -> int:
        """The first byte that is replaced."""
        return self.span.start

    @property
    def end(self) -> int:
        """The byte after the last one that is replaced."""
        return self.span.end


def redact(
    content: bytes,
    spans: Iterable[Span],
    *,
    path: PathLike = None,
    ordinals: Ordinals | None = None,
    style: Style = "pseudonym",
) -> bytes:
    """Replace the values of spans (byte offsets into `content`); examples and what is replaced already stay.

    path:     tells the syntax that must not break (Python, JSON, YAML, TOML, XML); without it nothing is parsed
    ordinals: the numbers of the values of a repository so far; those of this content alone by default
    style:    "pseudonym" keeps type, shape and, where the type allows, length; "placeholder" writes <TYPE_1>

    Raises ValueError for a span outside of the content.
    """
    return apply(content, replacements(content, spans, path=path, ordinals=ordinals, style=style))


def replacements(
    content: bytes,
    spans: Iterable[Span],
    *,
    path: PathLike = None,
    ordinals: Ordinals | None = None,
    style: Style = "pseudonym",
) -> list[Replacement]:
    """Return what `redact` replaces, in order, without overlap."""
    numbers = Ordinals() if ordinals is None else ordinals
    codec = wide.codec(content)
    numbered = [
        (span, numbers.number(span.type, _as_utf8(content[span.start : span.end], codec)))
        for span in chosen(content, spans, style)
    ]
    if not numbered:
        return []
    found = [_replaced(content, span, ordinal, style, 0) for span, ordinal in numbered]
    sound = syntax.checker(path)
    if sound is None or sound(apply(content, found)) or not sound(content):
        return found
    return _made_sound(content, found, style, sound)


def _made_sound(content: bytes, found: list[Replacement], style: Style, sound: syntax.Check) -> list[Replacement]:
    """Give the replacements that break the syntax their next form, until none does or there is no other."""
    for form in range(1, FORMS_A_TYPE):
        single = len(found) <= _MOST_TRIED  # else all are replaced: a parse for each would take too long
        broken = [one for one in found if not (single and sound(apply(content, [one])))]
        found = [_replaced(content, one.span, one.ordinal, style, form) if one in broken else one for one in found]
        if sound(apply(content, found)):
            break
    return found


def chosen(content: bytes, spans: Iterable[Span], style: Style) -> Iterator[Span]:
    """Yield the spans that are replaced: in order, no examples, of overlapping ones the first and longest."""
    end, codec = 0, wide.codec(content)
    for span in sorted(spans, key=lambda one: (one.start, -one.end, one.type)):
        if not 0 <= span.start <= span.end <= len(content):
            raise ValueError(f"a span from {span.start} to {span.end} in a content of {len(content)} bytes")
        if span.is_example or span.start < end or span.start == span.end:
            continue
        if not is_replaced(span.type, narrowed(content[span.start : span.end], codec), style):
            end = span.end
            yield span


def narrowed(value: bytes, codec: str) -> bytes:
    """Return a value with one byte a character: what a form is given, whatever the encoding of the file."""
    return value.decode(codec, "replace").encode("latin-1", "replace") if codec else value


def _as_utf8(value: bytes, codec: str) -> bytes:
    """Return a value as it would be in UTF-8: it has the same ordinal in every encoding."""
    return value.decode(codec, "replace").encode() if codec else value


def _replaced(content: bytes, span: Span, ordinal: int, style: Style, form: int) -> Replacement:
    codec = wide.codec(content)
    after = forms(span.type, style)[form](narrowed(content[span.start : span.end], codec), ordinal)
    return Replacement(span, ordinal, after.decode("latin-1").encode(codec) if codec else after)


def apply(content: bytes, found: Iterable[Replacement]) -> bytes:
    """Return a content with its replacements in place."""
    parts, end = [], 0
    for one in found:
        parts += [content[end : one.start], one.after]
        end = one.end
    return b"".join([*parts, content[end:]])


def places(found: Iterable[Replacement]) -> Iterator[tuple[int, int]]:
    """Yield where each replacement stands afterwards: (start, end) in the redacted content."""
    shift = 0
    for one in found:
        start = one.start + shift
        yield start, start + len(one.after)
        shift += len(one.after) - (one.end - one.start)
