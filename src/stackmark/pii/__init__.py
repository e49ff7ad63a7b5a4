"""Personal data and credentials in contents: where they lie, what they are, how sure that is.

See `docs/pii.md`. The rules are data in `rules/`; `scan` is the way in for one content, `scan_batch` for many.
"""

from stackmark.pii.scan import scan, scan_batch
from stackmark.pii.spans import Span

__all__ = ["Span", "scan", "scan_batch"]
