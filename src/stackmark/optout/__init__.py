"""Requests to leave code out: reading a list of them, and telling what they forbid.

registry = load(Path("optout.txt"))
registry.origin_request("https://forge.example/alice/tool")  ->  "alice (line 3 of optout.txt)" or None
registry.forbidden_entries(entries)                          ->  the same for every entry of an origin
"""

from stackmark.optout.matching import Registry, Request
from stackmark.optout.registry import load, parse

__all__ = ["Registry", "Request", "load", "parse"]
