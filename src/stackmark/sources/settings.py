"""What the settings of all kinds of sources have in common."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, model_validator

#: A URL with `user:password@` before the host.
PASSWORD = re.compile(r"[a-z][a-z0-9+.-]{0,20}://[^/?#@]*:[^/?#]*@", re.I)


class SourceSettings(BaseModel):
    """Base of the settings of every kind: unknown keys are errors, values never change."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: str

    @model_validator(mode="after")
    def _no_password(self) -> SourceSettings:
        """Refuse a name that would publish a password."""
        origin = getattr(self, "origin", None)
        if origin is not None and PASSWORD.match(origin):
            raise ValueError("origin holds a password, which would be published with the release")
        return self
