"""The wheel, used in a fresh environment from an empty folder; and what its metadata promise."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from collections.abc import Callable
from email import message_from_string
from pathlib import Path

import pytest

import adelie_hf

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution, which is built from a copy of the checkout."""
    checkout = tmp_path_factory.mktemp("build") / "checkout"
    leave = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "runs", "*.egg-info")
    shutil.copytree(ROOT, checkout, ignore=leave)
    _run(sys.executable, "-m", "build", "--no-isolation", cwd=checkout)
    (built,) = (checkout / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of scripts of a fresh environment that has the wheel, and sees third-party packages.

    The packages are reached by a path file. Path files in the folder that it names are not read, so an editable
    install of the library stays unseen.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    _run(sys.executable, "-m", "pip", "--python", str(scripts / "python"), "install", "--no-deps", "--no-index", wheel)
    packages = sysconfig.get_path("purelib", vars={"base": str(folder)})
    Path(packages, "third_party.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return scripts


def _run(*command: str | Path, cwd: Path | None = None) -> str:
    env = os.environ | {"PYTHONPATH": ""}
    result = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, f"{command}: exit status {result.returncode}\n{result.stdout}\n{result.stderr}"
    return result.stdout


def test_the_wheel_installs_one_package_with_all_that_it_needs(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    version = adelie_hf.__version__
    assert {name.split("/")[0] for name in names} == {"adelie_hf", f"adelie_hf-{version}.dist-info"}
    for folder in ("dataset_scripts", "metrics", "recipes"):
        assert _files(ROOT / folder) == {
            name.removeprefix(f"adelie_hf/{folder}/") for name in names if name.startswith(f"adelie_hf/{folder}/")
        }
    library = {f"adelie_hf/{name}" for name in _files(ROOT / "adelie_hf")}
    assert library <= names
    assert {"adelie_hf/py.typed", f"adelie_hf-{version}.dist-info/licenses/LICENSE"} <= names


def _files(folder: Path) -> set[str]:
    return {
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and not file.name.startswith(".")
    }


def test_the_wheel_works_in_a_fresh_environment(python: Callable[..., str], installed: Path) -> None:
    python(
        f"""
from pathlib import Path

import adelie_hf
assert Path(adelie_hf.__file__).is_relative_to({str(installed.parent)!r}), adelie_hf.__file__

from datasets import load_dataset
assert load_dataset("adelie_hf/ieinstruct", num_proc=2)["train"].num_rows > 0

import evaluate
pairs = [[["Acme", "organization"]]]
assert evaluate.load("ie_f1").compute(predictions=pairs, references=pairs)["f1"] == 1.0

from adelie_hf.bundled import bundled
for recipe in ("sft.py", "dpo.py", "sample.py"):
    assert bundled("recipes", recipe).is_file()

for name in ("metrics", "recipes", "dataset_scripts", "tests"):
    try:
        __import__(name)
    except ImportError:
        continue
    raise AssertionError(f"{{name}} is a package at the top level")
""",
        executable=installed / "python",
        PYTHONPATH="",
    )


def test_the_command_of_the_wheel_shows_its_help(installed: Path, tmp_path: Path) -> None:
    assert "demo" in _run(installed / "adelie-hf", "--help", cwd=tmp_path)


def test_the_core_pulls_no_torch(wheel: Path) -> None:
    (place,) = (name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".dist-info/METADATA"))
    metadata = message_from_string(zipfile.ZipFile(wheel).read(place).decode())
    core = {_name(needed) for needed in metadata.get_all("Requires-Dist", []) if "extra ==" not in needed}
    assert {"datasets", "evaluate", "wrapt"} <= core
    assert not {"torch", "transformers", "trl", "accelerate", "peft"} & core
    assert metadata["Version"] == adelie_hf.__version__
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"


def test_all_that_is_installed_directly_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {_name(line) for line in pins if "==" in line and not line.startswith("#")}
    assert {_name(each) for each in needed} <= pinned


def _name(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower().replace("_", "-")
