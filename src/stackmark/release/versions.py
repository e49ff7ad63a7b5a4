"""What a version step says, and which one a change needs."""

from __future__ import annotations

import re

from stackmark.errors import IntegrityError

#: From the smallest to the largest; a step may be larger than needed, never smaller.
STEPS = ("none", "patch", "minor", "major")

#: What a version looks like: three numbers of up to nine digits, without leading zeros.
PATTERN = r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})"


def parse(version: str) -> tuple[int, int, int]:
    """Return the three numbers of MAJOR.MINOR.PATCH; IntegrityError for anything else."""
    match = re.fullmatch(PATTERN, version)
    if not match:
        raise IntegrityError(
            f"{version!r} is not a version of the form MAJOR.MINOR.PATCH, e.g. 1.0.0",
            "three numbers without leading zeros, with a dot between them",
        )
    return int(match[1]), int(match[2]), int(match[3])


def declared_step(old: str, new: str) -> str:
    """Return the step from one version to the next: major, minor, patch, none, or downgrade."""
    before, after = parse(old), parse(new)
    if after <= before:
        return "none" if after == before else "downgrade"
    changed = next(place for place in range(3) if before[place] != after[place])
    return ("major", "minor", "patch")[changed]


def next_version(old: str, step: str) -> str:
    """Return the smallest version that declares `step` (patch, minor, major) from `old`."""
    major, minor, patch = parse(old)
    return {
        "patch": f"{major}.{minor}.{patch + 1}",
        "minor": f"{major}.{minor + 1}.0",
        "major": f"{major + 1}.0.0",
    }[step]


def is_enough(declared: str, needed: str) -> bool:
    """Say whether a declared step goes forward and is at least the needed one."""
    return declared in STEPS[1:] and STEPS.index(declared) >= STEPS.index(needed)
