"""Which contents are copies of which: `exact` for equal bytes."""
