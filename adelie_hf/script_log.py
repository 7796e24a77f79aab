"""The output of the scripts in `recipes/`: progress on standard output, and errors as one line.

`adelie-hf align` starts the scripts in processes of their own and finds their progress by its prefix.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from adelie_hf.errors import InputError

# The prefix of a line of progress.
PROGRESS = "[adelie]"


def log_to_stdout() -> None:
    """Print the library's log records to standard output, one line `[adelie] message` each.

    Of several processes only the one of rank 0 prints.
    """
    if not is_rank_zero():
        return
    handler = _StdoutHandler(sys.stdout)
    handler.setFormatter(logging.Formatter(f"{PROGRESS} %(message)s"))
    logger = logging.getLogger("adelie_hf")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


class _StdoutHandler(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:
        """Raise, where `logging` would continue: a pipe that a killed parent closed must end the script."""
        raise


def is_rank_zero() -> bool:
    """Return whether this is the only process, or the first of those that a launcher started."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def script_output() -> Iterator[None]:
    """Print progress, and end the process with one line instead of a traceback when an `InputError` is raised."""
    log_to_stdout()
    try:
        yield
    except InputError as error:
        raise SystemExit(f"InputError: {error}") from None
    _leave_process_group()


def _leave_process_group() -> None:
    """Leave the other processes: PyTorch may abort one that exits within the group, although its work is complete."""
    distributed = sys.modules.get("torch.distributed")
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        distributed.destroy_process_group()
