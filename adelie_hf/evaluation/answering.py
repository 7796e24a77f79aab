"""How models answer the rows of a build: on this machine, or behind an endpoint."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

from adelie_hf.bundled import bundled
from adelie_hf.errors import InputError
from adelie_hf.launch import last_error, run_script
from adelie_hf.sampling.endpoint import Endpoint
from adelie_hf.sampling.endpoint_samples import SampleOptions, sample_endpoint

# (folder of a build, its split, the samples file to write, temperature, most new tokens) -> None
Answering = Callable[[Path, str, Path, float, int], None]


def local_answers(model: str) -> Answering:
    """Return how a model on this machine answers: by `recipes/sample.py`, in a process of its own.

    Args:
        model: a model or adapter: its folder, Hub id or GGUF file.

    Raises:
        InputError: for a path at which nothing is.
    """
    _check_path(model)
    name = str(Path(model).resolve()) if Path(model).exists() else model

    def answer(build: Path, split: str, out: Path, temperature: float, max_new_tokens: int) -> None:
        options = {
            "model_name_or_path": name,
            "dataset_name": build.resolve(),
            "dataset_split": split,
            "output_file": out.resolve(),
            "n": 1,
            "temperature": temperature,
            "max_new_tokens": max_new_tokens,
        }
        command = [sys.executable, str(bundled("recipes", "sample.py").resolve())]
        command += [word for option, value in options.items() for word in (f"--{option}", str(value))]
        log = out.with_suffix(".log")
        if status := run_script(command, build, log, "evaluate"):
            raise InputError(f"no answers of {model}: status {status}: {last_error(log)}; the log is {log}")

    return answer


def _check_path(model: str) -> None:
    try:
        validate_repo_id(model)
    except HFValidationError:
        if not Path(model).exists():
            raise InputError(f"{model}: no such folder or file; check the path, or give a Hub id") from None


def endpoint_answers(endpoint: Endpoint) -> Answering:
    """Return how a model behind an endpoint answers."""

    def answer(build: Path, split: str, out: Path, temperature: float, max_new_tokens: int) -> None:
        options = SampleOptions(split, n=1, temperature=temperature, max_new_tokens=max_new_tokens)
        sample_endpoint(build, endpoint, out, options)

    return answer


def system_name(model: str) -> str:
    """Return the name of a model's results: of one in a run folder the run and the stage.

    >>> system_name("runs/demo/sft/model"), system_name("/mine/model"), system_name("HuggingFaceTB/SmolLM2-135M")
    ('demo-sft', 'mine', 'SmolLM2-135M')
    """
    path = Path(model)
    folders = [part for part in path.parts if part != path.anchor]
    return "-".join(folders[-3:-1]) if path.name == "model" and path.parent.name else path.name
