"""Log records on standard error: plain lines in a pipe, a bar on a terminal."""

from __future__ import annotations

import logging

import pytest

from adelie_hf.cli.console import log_to_console
from adelie_hf.progress import log_progress

logger = logging.getLogger("adelie_hf.test_console")


def test_a_pipe_gets_one_line_per_record(capsys):
    with log_to_console():
        logger.info("train: %s, %d rows", "ner", 3)
        log_progress(logger, "sampling", 1, 2)
    assert capsys.readouterr().err == "train: ner, 3 rows\nsampling: 1 of 2\n"


def test_a_command_leaves_the_logger_as_it_was(capsys):
    library = logging.getLogger("adelie_hf")
    before = (library.level, list(library.handlers))
    with pytest.raises(KeyboardInterrupt), log_to_console():
        raise KeyboardInterrupt
    assert (library.level, library.handlers) == before


def test_a_terminal_gets_a_bar(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with log_to_console():
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
