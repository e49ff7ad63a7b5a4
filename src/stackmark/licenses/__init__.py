"""Licences: what a file states, what holds for a path, and whether a policy accepts it."""

from stackmark.licenses.detect import Detection, detect
from stackmark.licenses.policy import Policy, Verdict
from stackmark.licenses.propagate import Evidence, Resolution, resolve, resolve_tree

__all__ = ["Detection", "Evidence", "Policy", "Resolution", "Verdict", "detect", "resolve", "resolve_tree"]
