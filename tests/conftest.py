"""What all tests share: caches of their own, no network, and a fresh interpreter to try things in."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.scripted_endpoint import Server

ROOT = Path(__file__).parent.parent

# No test asserts a time: what one example takes says how busy the machine is. Half of the usual number of examples
# keeps the suite below ten minutes; each run draws others.
hypothesis.settings.register_profile("no clock", deadline=None, max_examples=50)
hypothesis.settings.load_profile("no clock")

# It takes minutes: were it the last one, the other worker would wait for it.
_FIRST = "test_the_loop"

# Any attempt to reach the network ends the process at once: an exception might be caught on its way.
_NO_NETWORK = """
import os, socket, sys

def _refuse(*args, **kwargs):
    print("reached for the network:", args, file=sys.stderr, flush=True)
    os._exit(97)

_connect = socket.socket.connect
socket.socket.connect = lambda self, to: _connect(self, to) if self.family == socket.AF_UNIX else _refuse(to)
socket.getaddrinfo = _refuse
"""


def pytest_configure(config: pytest.Config) -> None:
    """Runs before a test module can import `datasets`, which reads these once."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = Path(os.environ.get("HF_HOME") or caches / "huggingface")
    os.environ.setdefault("ADELIE_WEIGHTS", str(cache / "adelie_hf" / "gguf"))  # workers inherit it
    config.adelie_home = tempfile.TemporaryDirectory(prefix="adelie-hf-tests-")  # type: ignore[attr-defined]
    os.environ["HF_HOME"] = config.adelie_home.name  # type: ignore[attr-defined]
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # two workers on two cores
    for name in ("HF_DATASETS_CACHE", "HF_EVALUATE_CACHE", "HF_MODULES_CACHE", "HF_HUB_CACHE", "ADELIE_HF_HOOKS"):
        os.environ.pop(name, None)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.name != _FIRST)


def pytest_unconfigure(config: pytest.Config) -> None:
    config.adelie_home.cleanup()  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real raw files and golden values, which is not part of the repository."""
    folder = Path(os.environ.get("ADELIE_SHARED") or ROOT.parent / "shared")
    if not (folder / "data").is_dir():
        pytest.skip(f"{folder} is not there; name it with ADELIE_SHARED")
    return folder


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """The folder of SmolLM2-135M-Instruct, which `make weights` fetches."""
    from adelie_hf.models.smollm2 import weights_folder

    folder = Path(os.environ["ADELIE_WEIGHTS"]) / weights_folder().name
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there; `make weights` fetches it")
    return folder


@pytest.fixture
def server() -> Iterator[Server]:
    """An OpenAI-compatible endpoint that answers what a test says."""
    pytest.importorskip("openai", reason="needs the extra `endpoint`")
    server = Server()
    yield server
    server.close()


@pytest.fixture
def python(tmp_path: Path) -> Callable[..., str]:
    """Runs code in a fresh interpreter without a network, in an empty folder, and gives back what it printed.

    Hugging Face's offline switch is off there: code that would ask the Hub is caught, not calmed.
    """
    empty = tmp_path / "empty"
    home = tmp_path / "home"

    def run(code: str, cwd: Path = empty, executable: str | Path = sys.executable, **env: str) -> str:
        empty.mkdir(exist_ok=True)
        script = tmp_path / "script.py"
        script.write_text(_NO_NETWORK + code, encoding="utf-8")
        result = subprocess.run(
            [executable, script],
            cwd=cwd,
            env=os.environ | {"HF_HOME": str(home), "HF_HUB_OFFLINE": "0"} | env,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert result.returncode == 0, f"exit status {result.returncode}\n{result.stdout}\n{result.stderr}"
        return result.stdout

    return run


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The system's Chromium."""
    if importlib.util.find_spec("playwright") is None:
        pytest.skip("playwright is not installed, which drives the browser")
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    if (program := next(filter(None, map(shutil.which, names)), None)) is None:
        pytest.skip("this system has no Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program)
        yield chromium
        chromium.close()
