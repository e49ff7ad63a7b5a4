from __future__ import annotations

import pytest

from stackmark import errors

TREE = {
    errors.StackmarkError: 1,
    errors.UsageError: 2,
    errors.RecipeError: 3,
    errors.SourceError: 4,
    errors.StoreError: 5,
    errors.IntegrityError: 5,
}


@pytest.mark.parametrize("kind", TREE)
def test_every_error_has_its_exit_code_and_keeps_its_hint_between_processes(
    kind: type[errors.StackmarkError],
) -> None:
    error = kind("what happened", "what to do")
    assert error.exit_code == TREE[kind]
    rebuild, arguments = error.__reduce__()
    again = rebuild(*arguments)
    assert (type(again), str(again), again.hint) == (kind, "what happened", "what to do")
