"""Personal data and credentials in contents: where they lie, what they are, how sure that is.

    scan(content, path, sensitivity)   where values lie, of which type, how sure
    redact(content, spans)             the same content with others of their type and shape in their places

See `docs/pii.md`. The rules are data in `rules/`; `scan_batch` scans many contents at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackmark.lazy import offer

if TYPE_CHECKING:
    from stackmark.pii.redact import redact
    from stackmark.pii.scan import scan, scan_batch
    from stackmark.pii.spans import Span

__all__ = ["Span", "redact", "scan", "scan_batch"]

offer(__name__, {"Span": "spans", "redact": "redact", "scan": "scan", "scan_batch": "scan"})
