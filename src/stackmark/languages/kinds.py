"""What a file is for, by its path: to be read by people, to tell tools what to do, to pin versions.

The rules are data (data/documentation.toml, data/configuration.toml, the lock files of data/generated.toml) and run in
RE2 over bytes, as those of `rules`; `path_columns` has the same for Arrow columns.
"""

from __future__ import annotations

from stackmark.languages import rules


def is_documentation(path: str | bytes) -> bool:
    """Tell whether a path is that of documentation: manuals, notes for readers, examples."""
    return rules.matches("documentation.toml", "rule", path)


def is_configuration(path: str | bytes) -> bool:
    """Tell whether a path is that of configuration: settings of tools, manifests of packages and pipelines.

    Lock files are not; see `is_lock_file`.
    """
    return rules.matches("configuration.toml", "rule", path) and not is_lock_file(path)


def is_lock_file(path: str | bytes) -> bool:
    """Tell whether a path is that of a file in which a package manager pins versions (Cargo.lock, go.sum ...)."""
    return rules.matches("generated.toml", "lock", path)
