"""Cargo.toml of Rust: `license`, `license-file`; of a workspace, what its members inherit. "/" once meant OR there."""

from __future__ import annotations

import tomllib

from stackmark.licenses.manifests import Format, Stated


def read(text: str) -> Stated:
    """Return the licence of the package, else of the workspace. `license.workspace = true` says nothing here."""
    data = tomllib.loads(text)
    for table in (data.get("package", {}), data.get("workspace", {}).get("package", {})):
        license_, file = table.get("license"), table.get("license-file")
        if isinstance(license_, str) or isinstance(file, str):
            return Stated(
                [license_.replace("/", " OR ")] if isinstance(license_, str) else [],
                file=file if isinstance(file, str) else None,
            )
    return Stated()


FORMAT = Format(r"Cargo\.toml", read)
