"""Run a command: parse its arguments, import what it needs, and turn bad input into one line."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from adelie_hf.cli.parser import make_parser
from adelie_hf.errors import InputError


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Returns:
        The exit status: 0; 2 for bad input, with one line on standard error; 130 when interrupted, 143 when
        terminated; 141 when the reader of the output has gone.
    """
    args = make_parser().parse_args(arguments)
    try:
        with _terminated_as_interrupted():
            _run(args)
    except InputError as error:
        print(f"adelie-hf: {error}{_option(args, error.parameter)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as stop:
        print("\nadelie-hf: interrupted; the same command resumes from what is complete", file=sys.stderr)
        return 143 if isinstance(stop, _Terminated) else 130
    except BrokenPipeError:
        return 141  # as with `| head`
    except OSError as error:
        if error.filename is None:
            raise
        print(f"adelie-hf: {error.filename}: {error.strerror}; check the path and its permissions", file=sys.stderr)
        return 2
    return 0


class _Terminated(KeyboardInterrupt):
    """SIGTERM, which a scheduler sends."""


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Let SIGTERM end a command as Ctrl-C does, with the scripts that it started."""

    command = os.getpid()

    def stop(*_: object) -> None:
        if os.getpid() != command:  # a worker of a pool, which inherits the handler
            os._exit(143)
        raise _Terminated

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # only the main thread handles signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _run(args: argparse.Namespace) -> None:
    from adelie_hf.cli import commands
    from adelie_hf.cli.console import log_to_console

    with log_to_console():
        getattr(commands, f"run_{args.command}")(args)


def _option(args: argparse.Namespace, parameter: str | None) -> str:
    """Return the option of a library's parameter, where the command has one."""
    return f" (option --{parameter.replace('_', '-')})" if parameter and hasattr(args, parameter) else ""
