"""Progress as log records: the library counts, and whoever handles the records decides how to show them."""

from __future__ import annotations

import logging
from typing import NamedTuple


class Progress(NamedTuple):
    """The progress of a piece of work; the attribute `progress` of a log record."""

    task: str
    done: int
    total: int


def log_progress(logger: logging.Logger, task: str, done: int, total: int) -> None:
    """Log that `done` of `total` units of a task are complete.

    A handler may draw a bar from the record's `progress`; the message alone reads `task: 3 of 10`.
    """
    logger.info("%s: %d of %d", task, done, total, extra={"progress": Progress(task, done, total)})
