"""The command line: its commands are the modules of `commands`; errors become exit codes here."""

from __future__ import annotations

import _thread
import contextlib
import errno
import gc
import io
import os
import sys
import threading
from typing import NoReturn

import click

from stackmark import commands
from stackmark.errors import INTERRUPTED, PIPE_CLOSED, StackmarkError, StoreError
from stackmark.version import __version__

EPILOG = (
    "Exit codes: 0 done; 1 done with findings, with losses, or a failed verification; 2 usage; 3 recipe; 4 source; "
    "5 integrity or storage; 130 interrupted."
)


@click.group(
    cls=commands.Commands,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="stackmark")
@click.option(
    "--debug", is_flag=True, expose_value=False, help="Show the traceback of an error."
)  # `main` looks for it
def cli() -> None:
    """Turn source repositories into a governed code dataset, with the fate of every file on record."""


def fail(error: StackmarkError) -> NoReturn:
    """Print an error with its hint and end."""
    from stackmark import terminal

    click.echo("Error: " + "\n".join(terminal.safe(line) for line in str(error).splitlines()), err=True)
    if error.hint:
        click.echo(f"Hint: {terminal.safe(error.hint)}", err=True)
    sys.exit(error.exit_code)


def print_anything() -> None:
    """Let names be printed whatever the encoding of the terminal: what it lacks becomes an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def flush() -> None:
    """Write what is still to be written to stdout, if that has not been closed."""
    if sys.stdout is not None:
        sys.stdout.flush()


def silence() -> None:
    """Let nothing more be written to stdout, which refuses it: Python would try again at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def prepare() -> None:
    """Set what libraries look up when they are loaded, where the user has not."""
    # Before numpy is loaded: no linear algebra is done here, and a process without its threads can be forked.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Before pyarrow is loaded: its own allocator gives memory back to the system at once, to have it cleared anew.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    # Before pydantic is loaded: looking for its plugins among all that is installed takes longer than reading a recipe.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # What is loaded makes many objects that stay: to look among them for garbage is a tenth of a short command.
    gc.set_threshold(50_000, 20, 20)


def unheard(said: sys.UnraisableHookArgs) -> None:
    """Give an interrupt again that fell where Python only reports what is raised: in a callback of a weak reference."""
    if said.exc_type is KeyboardInterrupt:
        threading.Timer(0.05, _thread.interrupt_main).start()
    else:
        sys.__unraisablehook__(said)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run a command line and end with its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    print_anything()
    prepare()
    sys.unraisablehook = unheard
    if "_STACKMARK_COMPLETE" in os.environ:  # a shell asks how a word may go on
        cli.main(arguments, prog_name="stackmark")
    try:
        # Not `cli.main`: it gives a closed pipe the exit code 1, which means something else here.
        with cli.make_context("stackmark", list(arguments)) as context:
            code = cli.invoke(context)
        flush()
        gc.freeze()  # the process ends: nobody needs to look for garbage among all that it has loaded
        sys.exit(code or 0)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted; the same command goes on where this one was.", err=True)
        # Not `sys.exit`: Python would kill itself by the signal, whatever the exit code, if the interrupt fell into
        # code given to `exec`, as dataclasses do. All that is to be closed has been by now.
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        os._exit(INTERRUPTED)
    except BrokenPipeError:
        silence()
        sys.exit(PIPE_CLOSED)
    except OSError as error:
        if error.filename is not None or error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise
        silence()
        fail(StoreError(f"cannot write the output: {error.strerror}"))
    except StackmarkError as error:
        if "--debug" in arguments:
            raise
        fail(error)
