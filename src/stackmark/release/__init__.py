"""Releases: making one from its tables, and everything that reads a finished one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackmark.lazy import offer

if TYPE_CHECKING:
    from stackmark.release.diff import Difference, check_step
    from stackmark.release.explain import Decision
    from stackmark.release.finish import finish
    from stackmark.release.manifest import BuildInfo, Notice
    from stackmark.release.opened import Release
    from stackmark.release.verify import Problem, Report

__all__ = [
    "BuildInfo",
    "Decision",
    "Difference",
    "Notice",
    "Problem",
    "Release",
    "Report",
    "check_step",
    "finish",
]

offer(
    __name__,
    {
        "BuildInfo": "manifest",
        "Decision": "explain",
        "Difference": "diff",
        "Notice": "manifest",
        "Problem": "verify",
        "Release": "opened",
        "Report": "verify",
        "check_step": "diff",
        "finish": "finish",
    },
)
