"""Templates for the documents of a release; whatever comes from a repository is escaped where it is shown."""

from __future__ import annotations

import contextlib
import os
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache, PackageLoader, StrictUndefined, select_autoescape
from jinja2.bccache import Bucket

from stackmark import caches
from stackmark.release import words


def render_template(name: str, /, **values: Any) -> str:
    """Return a template filled in. HTML is escaped by itself, Markdown by the filter `md`."""
    return _environment().get_template(name).render(**values)


class _Compiled(FileSystemBytecodeCache):
    """Templates as Python has compiled them, which takes longer than to fill them in; kept where that can be done."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load a template, unless somebody else could have written it: it is code."""
        with contextlib.suppress(OSError):
            if Path(self._get_cache_filename(bucket)).stat().st_uid == os.getuid():
                super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template; a cache that cannot be written costs time, not pages."""
        with contextlib.suppress(OSError):
            Path(self.directory).mkdir(parents=True, exist_ok=True)
            super().dump_bytecode(bucket)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("stackmark.release"),
        bytecode_cache=_Compiled(str(caches.folder() / "templates")),
        autoescape=select_autoescape(enabled_extensions=("html.jinja",), default=False),
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        number=words.number, size=words.size, md=words.markdown, plural=words.plural, setting=words.setting
    )
    environment.globals.update(share=words.share, sentence=words.sentence, column=words.column, width=_width)
    return environment


def _harmless(value: object) -> object:
    """Show what could steer a terminal or turn text around as escapes, in every value of every template."""
    return words.printable(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _width(part: float, whole: float) -> str:
    """Return the length of a bar in per cent of its place, so that nothing but zero is invisible."""
    if not part or not whole:
        return "0%"
    return f"{max(0.4, min(100.0, 100 * part / whole)):.2f}%"
