"""A Hub on loopback, and a process of its own in which our commands run against it with the real client."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.hub.server import TOKENS, Hub

WRITE, READ = TOKENS
SECRETS = (*TOKENS, "secret-of-the-store")
HOST = socket.gethostname()

# The Hub client reads its endpoint and offline switch once, when it is imported: pytest's process has it offline.
_COMMANDS = """
import contextlib, io, json, os, sys, traceback
from adelie_hf.cli import main

real = sys.stdout
for line in sys.stdin:
    asked = json.loads(line)
    os.environ["HF_TOKEN"] = asked["token"]
    if not asked["token"]:
        del os.environ["HF_TOKEN"]
    os.chdir(asked["cwd"])
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(asked["arguments"])
        except SystemExit as stop:
            code = stop.code
        except BaseException:
            code = 1
            traceback.print_exc()
    json.dump({"code": code, "out": out.getvalue(), "err": err.getvalue()}, real)
    print(file=real, flush=True)
"""


class Result(NamedTuple):
    """What a command did: its exit status and what it printed."""

    code: int
    out: str
    err: str


class Commands:
    """Runs `adelie-hf` commands, one after the other, in one process with a home and caches of its own."""

    def __init__(self, endpoint: str, home: Path):
        self.log = home / "stderr"  # what the client's own logger says
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _COMMANDS],
                env=surroundings(endpoint, home),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def __call__(self, *arguments: object, cwd: Path, token: str = WRITE) -> Result:
        assert self.process.stdin is not None and self.process.stdout is not None
        asked = {"arguments": [str(each) for each in arguments], "cwd": str(cwd), "token": token}
        print(json.dumps(asked), file=self.process.stdin, flush=True)
        result = Result(**json.loads(self.process.stdout.readline()))
        told = result.out + result.err + self.log.read_text(encoding="utf-8")
        assert not any(secret in told for secret in SECRETS), told
        return result

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)


def surroundings(endpoint: str, home: Path) -> dict[str, str]:
    """An environment in which the Hub's clients ask the server on loopback."""
    left = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
    ours = {"HF_ENDPOINT": endpoint, "HF_HOME": str(home / "hf"), "HOME": str(home), "HF_HUB_DISABLE_XET": "1"}
    ours |= {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "NO_PROXY": "127.0.0.1"}
    ours |= {"HF_HUB_DOWNLOAD_TIMEOUT": "2", "HF_HUB_ETAG_TIMEOUT": "2"}
    return left | ours


@pytest.fixture(scope="session")
def hub_of_session() -> Iterator[Hub]:
    with Hub() as hub:
        yield hub


@pytest.fixture(scope="session")
def commands(hub_of_session: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    started = Commands(hub_of_session.endpoint, tmp_path_factory.mktemp("home"))
    yield started
    started.close()


@pytest.fixture
def hub(hub_of_session: Hub) -> Hub:
    """The server, empty."""
    for held in (hub_of_session.repos, hub_of_session.objects, hub_of_session.seen, hub_of_session.faults):
        held.clear()
    return hub_of_session


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """IEInstruct of the embedded sample, a few rows a source."""
    from dataclasses import asdict

    from adelie_hf.build import build as write
    from adelie_hf.ieinstruct import SAMPLE, Recipe, inputs, plan

    out = tmp_path_factory.mktemp("build") / "ieinstruct"
    recipe = Recipe(cap=12, held_out_cap=4)
    parts = plan("sample", None, recipe)
    files = {str(file.relative_to(SAMPLE)): file for file in inputs(parts, recipe)}
    write("ieinstruct", parts, files, asdict(recipe), out)
    return out


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model folder as a recipe leaves it, without weights to speak of, and with what stays at home."""
    folder = tmp_path / "sft" / "model"
    folder.mkdir(parents=True)
    settings = {"model_type": "llama", "_name_or_path": str(tmp_path / "base")}
    (folder / "config.json").write_text(json.dumps(settings))
    header = json.dumps({"w": {"dtype": "U8", "shape": [5000], "data_offsets": [0, 5000]}}).encode()
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(range(250)) * 20)
    (folder / "tokenizer.json").write_text("{}")
    (folder / "tokenizer_config.json").write_text(json.dumps({"name_or_path": str(tmp_path / "base")}))
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    (folder / "generation_config.json").write_text("{}")
    (folder / "training_args.bin").write_bytes(b"\x80\x04pickled")
    training = {"steps": 3, "epochs": 1.0, "seconds_of_the_last_call": 90.0, "processes": 1, "device": "a device"}
    about = {"kind": "model", "method": "SFT", "base": "someone/base", "hyperparameters": {"learning_rate": 0.125}}
    about |= {"training": training, "environment": {"adelie_hf": "0.1.0", "packages": {"trl": "1.0"}}}
    (folder / "manifest.json").write_text(json.dumps(about))
    return folder
