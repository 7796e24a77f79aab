"""The library's log records on standard error: progress as a bar on a terminal, as plain lines elsewhere."""

from __future__ import annotations

import logging
import sys
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


def log_to_console() -> None:
    """Send the library's log records to standard error, once per process."""
    logger = logging.getLogger("adelie_hf")
    if not any(isinstance(handler, Console) for handler in logger.handlers):
        logger.addHandler(Console())
    logger.setLevel(logging.INFO)
    logger.propagate = False
