"""The arguments of a script: a recipe's file, the command line over it, and errors that name the key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

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
    names: list[str] | None = None
    kind: str = field(default="one", metadata={"choices": ["one", "two"]})
    often: bool = False


def test_the_command_line_wins_over_the_file_and_the_file_over_the_file_that_it_extends(tmp_path):
    (tmp_path / "base.yaml").write_text("steps: 2\nrate: 5e-7\nname: base")
    (tmp_path / "mine.yaml").write_text("extends: base.yaml\nsteps: 3\nname: mine")
    (size,) = parse_arguments([Size], ["--config", str(tmp_path / "mine.yaml"), "--name", "given"])
    assert size == Size(steps=3, rate=5e-7, name="given")


def test_an_unknown_key_is_an_error_that_names_the_right_one(tmp_path):
    (tmp_path / "mine.yaml").write_text("step: 3")
    with pytest.raises(InputError, match=r"mine.yaml: unknown key 'step'; did you mean 'steps'\?"):
        parse_arguments([Size], ["--config", str(tmp_path / "mine.yaml")])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("steps: many", "steps is 'many', which is not of the type int"),
        ("steps: 1.5", "steps is 1.5, which is not of the type int"),
        ("steps: true", "steps is True, which is not of the type int"),
        ("steps: [1]", r"steps is \[1\], which is not of the type int"),
        ("steps:", "steps is None, which is not of the type int"),
        ("rate: fast", "rate is 'fast', which is not of the type float"),
        ("name: no", r"name is False, which is not of the type str \| None; YAML reads a bare .*: put it in quotes"),
        ("names: {a: 1}", "names is {'a': 1}, which is not of the type"),
        ("kind: three", "kind is 'three'; it is one of one, two"),
        ("often: sometimes", "often is 'sometimes', which is not of the type bool"),
    ],
)
def test_a_value_of_another_type_is_an_error_that_names_the_key(tmp_path, line, message):
    (tmp_path / "mine.yaml").write_text(line)
    with pytest.raises(InputError, match=f"mine.yaml: {message}"):
        parse_arguments([Size], ["--config", str(tmp_path / "mine.yaml")])


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("steps: '3'", "steps", 3),
        ("rate: 2", "rate", 2),
        ("rate: 5e-7", "rate", 5e-7),
        ("name: null", "name", None),
        ("name: 'no'", "name", "no"),
        ("names: all", "names", "all"),
        ("names: [a, b]", "names", ["a", "b"]),
        ("often: true", "often", True),
    ],
)
def test_a_value_that_stands_for_one_of_the_type_is_taken(tmp_path, line: str, name: str, value: Any):
    (tmp_path / "mine.yaml").write_text(line)
    (size,) = parse_arguments([Size], ["--config", str(tmp_path / "mine.yaml")])
    assert getattr(size, name) == value


def test_an_option_that_cannot_be_used_is_one_line():
    with pytest.raises(InputError, match=r"argument --steps: invalid int value: 'many'"):
        parse_arguments([Size], ["--steps", "many"])
    with pytest.raises(InputError, match=r"unknown option '--stepps'; did you mean '--steps'\?"):
        parse_arguments([Size], ["--stepps", "3"])
