"""The policy and the profile of a recipe: what the rules look up."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from stackmark.errors import RecipeError
from stackmark.workdir import digest

if TYPE_CHECKING:
    from stackmark.licenses.policy import Policy
    from stackmark.quality.profile import Profile


def is_path(name: str) -> bool:
    """Say whether a policy or profile is named by its file; else it is one of the package's."""
    return name.endswith(".toml") or "/" in name


@contextlib.contextmanager
def named(key: str) -> Iterator[None]:
    """Put the key of the recipe before an error about what it names."""
    try:
        yield
    except RecipeError as error:
        raise RecipeError(f"{key}: {error}", error.hint) from error


@dataclass(frozen=True)
class Settings:
    """What the rules look up, by name or path, so that a task can carry it to another machine."""

    policy_name: str
    profile_name: str
    max_content: int

    @cached_property
    def policy(self) -> Policy:
        """The licence policy. Raises RecipeError."""
        from stackmark.licenses.policy import Policy

        return Policy.load(self.policy_name)

    @cached_property
    def profile(self) -> Profile:
        """The quality profile. Raises RecipeError."""
        from stackmark.quality.profile import Profile

        return Profile.load(self.profile_name)

    def __getstate__(self) -> dict[str, object]:
        """Carry the names only."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def check(self) -> None:
        """Load both. Raises RecipeError that names the key of the recipe."""
        for key, of in (("licenses.policy", "policy"), ("quality.profile", "profile")):
            with named(key):
                getattr(self, of)

    def outside(self) -> list[str]:
        """Return what tells these settings from others of the same package, without loading them."""
        texts = [Path(name) for name in (self.policy_name, self.profile_name) if is_path(name)]
        sums = [sha256(path.read_bytes()).hexdigest() if path.is_file() else "" for path in texts]
        return [self.policy_name, self.profile_name, str(self.max_content), *sums]

    def digest(self) -> str:
        """Return what tells these settings from others."""
        return digest([self.policy.digest(), self.profile.digest(), self.max_content])
