"""Log records on standard error: plain lines in a pipe, a bar on a terminal."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from adelie_hf.cli.console import Console, log_to_console
from adelie_hf.progress import log_progress

logger = logging.getLogger("adelie_hf.test_console")


@pytest.fixture
def library_logger() -> Iterator[logging.Logger]:
    library = logging.getLogger("adelie_hf")
    state = (library.level, library.propagate, list(library.handlers))
    library.handlers = []
    yield library
    library.level, library.propagate, library.handlers = state


def test_a_pipe_gets_one_line_per_record(library_logger, capsys):
    log_to_console()
    log_to_console()
    assert [type(handler) for handler in library_logger.handlers].count(Console) == 1
    logger.info("train: %s, %d rows", "ner", 3)
    log_progress(logger, "sampling", 1, 2)
    assert capsys.readouterr().err == "train: ner, 3 rows\nsampling: 1 of 2\n"


def test_a_terminal_gets_a_bar(library_logger, capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    library_logger.addHandler(Console())
    library_logger.setLevel(logging.INFO)
    for done in (1, 2, 3):
        log_progress(logger, "sampling", done, 3)
    shown = capsys.readouterr().err
    assert "sampling: 100%" in shown and "3/3" in shown and "1 of 3" not in shown


def test_the_library_is_silent_by_default(python):
    out = python(
        "import logging; from adelie_hf.progress import log_progress\n"
        "log_progress(logging.getLogger('adelie_hf.x'), 'sampling', 1, 2); print('done')"
    )
    assert out.strip() == "done"
