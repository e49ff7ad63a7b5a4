"""Licences: what a file states, what holds for a path, and whether a policy accepts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackmark.lazy import offer

if TYPE_CHECKING:
    from stackmark.licenses.detect import Detection, detect
    from stackmark.licenses.policy import Policy, Verdict
    from stackmark.licenses.propagate import Evidence, Resolution, resolve, resolve_tree

__all__ = ["Detection", "Evidence", "Policy", "Resolution", "Verdict", "detect", "resolve", "resolve_tree"]

offer(
    __name__,
    {
        "Detection": "detect",
        "Evidence": "propagate",
        "Policy": "policy",
        "Resolution": "propagate",
        "Verdict": "policy",
        "detect": "detect",
        "resolve": "propagate",
        "resolve_tree": "propagate",
    },
)
