"""META.json of Perl: a list of the words that CPAN::Meta::Spec defines. Where it names several, all apply."""

from __future__ import annotations

import json

from stackmark.licenses.manifests import Format, Stated

#: Words of the specification that no other manifest uses.
_WORDS = {
    "perl_5": "Artistic-1.0-Perl OR GPL-1.0-or-later",
    "apache_2_0": "Apache-2.0",
    "apache_1_1": "Apache-1.1",
    "agpl_3": "AGPL-3.0-only",
    "gpl_1": "GPL-1.0-only",
    "gpl_2": "GPL-2.0-only",
    "gpl_3": "GPL-3.0-only",
    "lgpl_2_1": "LGPL-2.1-only",
    "lgpl_3_0": "LGPL-3.0-only",
    "mozilla_1_0": "MPL-1.0",
    "mozilla_1_1": "MPL-1.1",
    "freebsd": "BSD-2-Clause",
    "openssl": "OpenSSL",
    "qpl_1_0": "QPL-1.0",
    "sun": "SISSL",
    "ssleay": "OpenSSL",
    "restricted": "proprietary",
}


def read(text: str) -> Stated:
    """Return the licences of the distribution."""
    value = json.loads(text).get("license", [])
    values = value if isinstance(value, list) else [value]
    return Stated([_WORDS.get(one, one) for one in values if isinstance(one, str)])


FORMAT = Format(r"META\.json|MYMETA\.json", read)
