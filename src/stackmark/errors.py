"""One tree of errors. Each says what happened, what to do about it, and how the command ends.

    StackmarkError            1
      UsageError              2   the command line
      RecipeError             3   the recipe or a file that it names
      SourceError             4   a source as a whole cannot be read
      StoreError              5   the work directory cannot be written or has been damaged
      IntegrityError          5   a release or a version step is not what it claims to be

A single bad file inside a source is never an error: it becomes a row of the ledger.
"""

from __future__ import annotations

INTERRUPTED = 130
PIPE_CLOSED = 141


class StackmarkError(Exception):
    """Base of all errors that a user can meet; `hint` is one line of advice, possibly empty."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def __reduce__(self) -> tuple[type[StackmarkError], tuple[str, str]]:
        """Keep the hint when a worker process hands the error over."""
        return type(self), (str(self), self.hint)


class UsageError(StackmarkError):
    """The command line asks for something impossible."""

    exit_code = 2


class RecipeError(StackmarkError):
    """A recipe, policy, profile or opt-out list cannot be used as it is."""

    exit_code = 3


class SourceError(StackmarkError):
    """A source as a whole cannot be read."""

    exit_code = 4


class StoreError(StackmarkError):
    """The work directory cannot be written, or what lies there is damaged."""

    exit_code = 5


class IntegrityError(StackmarkError):
    """A release, or the step from one to the next, is not what it claims to be."""

    exit_code = 5
