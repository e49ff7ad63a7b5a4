"""Rooms that load what they offer when it is first used (PEP 562)."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any


class Room(ModuleType):
    """A package whose public names are looked up in its modules when they are asked for."""

    _homes: Mapping[str, str]

    def __getattr__(self, name: str) -> Any:
        """Import a public name from its home, and keep it."""
        if name not in self._homes:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{self.__name__}.{self._homes[name]}"), name)
        setattr(self, name, value)
        return value

    def __setattr__(self, name: str, value: object) -> None:
        """Keep a module that is called like something public from taking its name: importing `room.scan` would."""
        if not (isinstance(value, ModuleType) and name in self._homes):
            super().__setattr__(name, value)


def offer(package: str, homes: Mapping[str, str]) -> None:
    """Let a package offer names (name to the module of the package that defines it) without importing anything yet.

    Call it last in the package's `__init__.py`, and import the names under TYPE_CHECKING for those who read types.
    """
    module = sys.modules[package]
    module.__dict__["_homes"] = homes
    module.__class__ = Room
