"""setup.cfg of setuptools: `license` and classifiers of the section `metadata`."""

from __future__ import annotations

import configparser

from stackmark.licenses.manifests import Format, Stated
from stackmark.licenses.manifests.python_metadata import from_classifiers


def read(text: str) -> Stated:
    """Return the licence of the package."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ValueError("not a configuration file") from error
    if not parser.has_section("metadata"):
        return Stated()
    section = parser["metadata"]
    license_ = section.get("license", "").strip()
    if license_ and not license_.startswith("file:"):
        return Stated([license_])
    file = license_.removeprefix("file:").strip() or section.get("license_file", "").strip()
    file = file or next(iter(section.get("license_files", "").replace(",", "\n").split("\n")), "").strip()
    classifiers = section.get("classifiers", section.get("classifier", "")).splitlines()
    return Stated(from_classifiers(line.strip() for line in classifiers), file=file or None)


FORMAT = Format(r"setup\.cfg", read)
