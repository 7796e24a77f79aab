"""The library's log records on standard error: progress as a bar on a terminal, as plain lines elsewhere."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from adelie_hf.progress import Progress

if TYPE_CHECKING:
    from tqdm import tqdm


class Console(logging.Handler):
    """Print each record as one line on standard error; on a terminal, records with `progress` move a bar."""

    def __init__(self) -> None:
        super().__init__()
        self._bars: dict[str, tqdm[NoReturn]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        progress = getattr(record, "progress", None)
        if isinstance(progress, Progress) and sys.stderr.isatty():
            self._move(progress)
        else:
            print(self.format(record), file=sys.stderr, flush=True)

    def _move(self, progress: Progress) -> None:
        from tqdm import tqdm

        if progress.task not in self._bars:
            self._bars[progress.task] = tqdm(total=progress.total, desc=progress.task, leave=True)
        bar = self._bars[progress.task]
        bar.update(progress.done - bar.n)
        if progress.done >= progress.total:
            self._bars.pop(progress.task).close()


@contextmanager
def log_to_console() -> Iterator[None]:
    """Send the library's log records to standard error while a command runs."""
    logger = logging.getLogger("adelie_hf")
    level, console = logger.level, Console()
    logger.addHandler(console)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(console)
        logger.setLevel(level)
