"""Requests to leave code out: reading a list of them, and telling what they forbid.

registry = load(Path("optout.txt"))
registry.origin_request("https://forge.example/alice/tool")  ->  "alice (line 3 of optout.txt)" or None
registry.forbidden_entries(entries)                          ->  the same for every entry of an origin
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackmark.lazy import offer

if TYPE_CHECKING:
    from stackmark.optout.matching import Registry, Request
    from stackmark.optout.registry import load, parse

__all__ = ["Registry", "Request", "load", "parse"]

offer(__name__, {"Registry": "matching", "Request": "matching", "load": "registry", "parse": "registry"})
