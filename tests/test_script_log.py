"""The output of the scripts: prefixed progress, one line for an error, and an end when the reader has gone."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import logging
from adelie_hf.errors import InputError
from adelie_hf.progress import log_progress
from adelie_hf.script_log import script_output

logger = logging.getLogger("adelie_hf.example")
with script_output():
"""


def run(body, stdout=subprocess.PIPE, **environment):
    return subprocess.run(
        [sys.executable, "-c", SCRIPT + body],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path), **environment},
    )


def test_progress_has_a_prefix():
    script = run('    logger.info("starting %s", "now")\n    log_progress(logger, "batch", 3, 10)')
    assert script.stdout == "[adelie] starting now\n[adelie] batch: 3 of 10\n"
    assert script.returncode == 0 and script.stderr == ""


def test_only_the_first_process_prints():
    assert run('    logger.info("starting")', RANK="0").stdout == "[adelie] starting\n"
    assert run('    logger.info("starting")', RANK="1").stdout == ""


def test_an_input_error_is_one_line():
    script = run('    raise InputError("raw/: no such folder")')
    assert script.returncode == 1 and script.stderr == "InputError: raw/: no such folder\n"


def test_other_errors_keep_their_traceback():
    script = run('    raise KeyError("id")')
    assert script.returncode == 1 and "Traceback" in script.stderr


def test_a_script_ends_when_the_reader_of_its_progress_has_gone():
    reader = subprocess.Popen(["true"], stdin=subprocess.PIPE)
    reader.wait()
    script = run('    logger.info("starting")\n    raise SystemExit(7)', stdout=reader.stdin)
    assert script.returncode not in (0, 7) and "BrokenPipeError" in script.stderr


@pytest.mark.train
def test_a_script_that_ends_leaves_the_group_of_processes(tmp_path):
    script = run(f"""    from torch import distributed
    distributed.init_process_group("gloo", init_method="file://{tmp_path}/group", rank=0, world_size=1)
print(distributed.is_initialized())
""")
    assert script.stdout == "False\n" and script.returncode == 0
