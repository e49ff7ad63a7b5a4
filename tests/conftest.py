"""What all tests share: settings of hypothesis, and the way to data that is not part of the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Shared machines stall at any moment, so no example has a deadline; on CI a red run must stay red tomorrow.
settings.register_profile("stackmark", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("stackmark")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of development data beside the checkout, which is never part of the repository."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no development data in ../shared/data")
    return folder
