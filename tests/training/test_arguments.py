"""The arguments of a script: a recipe's file, the command line over it, and errors that name the key."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from adelie_hf.errors import InputError
from adelie_hf.training import parse_arguments

pytestmark = pytest.mark.train


@dataclass
class Size:
    """Options of a script."""

    steps: int = 1
    rate: float = 0.1
    name: str | None = None


def test_the_command_line_wins_over_the_file_and_the_file_over_the_file_that_it_extends(tmp_path):
    (tmp_path / "base.yaml").write_text("steps: 2\nrate: 5e-7\nname: base")
    (tmp_path / "mine.yaml").write_text("extends: base.yaml\nsteps: 3\nname: mine")
    (size,) = parse_arguments([Size], ["--config", str(tmp_path / "mine.yaml"), "--name", "given"])
    assert size == Size(steps=3, rate=5e-7, name="given")


def test_an_unknown_key_is_an_error_that_names_the_right_one(tmp_path):
    (tmp_path / "mine.yaml").write_text("step: 3")
    with pytest.raises(InputError, match=r"mine.yaml: unknown key 'step'; did you mean 'steps'\?"):
        parse_arguments([Size], ["--config", str(tmp_path / "mine.yaml")])
