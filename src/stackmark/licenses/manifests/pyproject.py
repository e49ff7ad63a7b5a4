"""pyproject.toml of Python: `project.license` as text (PEP 639) or table (PEP 621), classifiers, and Poetry's table."""

from __future__ import annotations

import tomllib

from stackmark.licenses.manifests import Format, Stated
from stackmark.licenses.manifests.python_metadata import from_classifiers


def read(text: str) -> Stated:
    """Return the licence of the project; classifiers count only where no field says more."""
    data = tomllib.loads(text)
    tool = data.get("tool", {})
    for table in (data.get("project", {}), tool.get("poetry", {}), tool.get("flit", {}).get("metadata", {})):
        license_ = table.get("license")
        if isinstance(license_, str) and license_.strip():
            return Stated([license_])
        if isinstance(license_, dict) and isinstance(license_.get("text"), str):
            return Stated([license_["text"]])
        classifiers = from_classifiers(table.get("classifiers", []))
        files = [license_.get("file")] if isinstance(license_, dict) else table.get("license-files", [])
        file = next((one for one in files if isinstance(one, str) and "*" not in one), None)
        if classifiers or file:
            return Stated(classifiers, file=file if isinstance(file, str) else None)
    return Stated()


FORMAT = Format(r"pyproject\.toml", read)
