"""A Hub on loopback, and a process in which the commands run against it with the real client."""

from __future__ import annotations

import json
import os
import shutil
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
    request = json.loads(line)
    os.environ["HF_TOKEN"] = request["token"]
    if not request["token"]:
        del os.environ["HF_TOKEN"]
    os.chdir(request["cwd"])
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(request["arguments"])
        except SystemExit as stop:
            code = stop.code
        except BaseException:
            code = 1
            traceback.print_exc()
    json.dump({"code": code, "out": out.getvalue(), "err": err.getvalue()}, real)
    print(file=real, flush=True)
"""


class Result(NamedTuple):
    """The exit status and the output of a command."""

    code: int
    out: str
    err: str


class Commands:
    """Runs `adelie-hf` commands, one after the other, in one process with a home and caches of its own."""

    def __init__(self, endpoint: str, home: Path):
        self.log = home / "stderr"  # the output of the client's own logger
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _COMMANDS],
                env=hub_environment(endpoint, home),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def __call__(self, *arguments: object, cwd: Path, token: str = WRITE) -> Result:
        assert self.process.stdin is not None and self.process.stdout is not None
        request = {"arguments": list(map(str, arguments)), "cwd": str(cwd), "token": token}
        print(json.dumps(request), file=self.process.stdin, flush=True)
        result = Result(**json.loads(self.process.stdout.readline()))
        output = result.out + result.err + self.log.read_text(encoding="utf-8")
        assert not any(secret in output for secret in SECRETS), output
        return result

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)


def assert_one_line(result: Result, *parts: str) -> None:
    """Assert that the command failed with one line of error, after lines about its retries."""
    assert result.code == 2 and "Traceback" not in result.err
    last = result.err.splitlines()[-1]
    assert last.startswith("adelie-hf: ") and all(part in last for part in parts), result.err
    assert sum(line.startswith("adelie-hf: ") for line in result.err.splitlines()) == 1


def hub_environment(endpoint: str, home: Path) -> dict[str, str]:
    """Return an environment in which the Hub's clients use the server on loopback."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
    return environment | {
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(home / "hf"),
        "HOME": str(home),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "NO_PROXY": "127.0.0.1",
        "HF_HUB_DOWNLOAD_TIMEOUT": "2",
        "HF_HUB_ETAG_TIMEOUT": "2",
    }


@pytest.fixture(scope="session")
def hub_of_session() -> Iterator[Hub]:
    with Hub() as hub:
        yield hub


@pytest.fixture(scope="session")
def commands(hub_of_session: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    commands = Commands(hub_of_session.endpoint, tmp_path_factory.mktemp("home"))
    yield commands
    commands.close()


@pytest.fixture
def hub(hub_of_session: Hub) -> Hub:
    """The server, empty."""
    for collection in (hub_of_session.repos, hub_of_session.objects, hub_of_session.seen, hub_of_session.faults):
        collection.clear()
    return hub_of_session


@pytest.fixture(scope="session")
def build_of_session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """IEInstruct of the embedded sample, a few rows per source."""
    from adelie_hf.build import build as build_rows
    from adelie_hf.ieinstruct import Recipe, plan

    out = tmp_path_factory.mktemp("build") / "ieinstruct"
    build_rows(plan(recipe=Recipe(cap=12, held_out_cap=4)), out)
    return out


@pytest.fixture
def build(build_of_session: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of it: `push` notes in the folder where the rows are on the Hub."""
    return shutil.copytree(build_of_session, tmp_path_factory.mktemp("build") / "ieinstruct")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model folder as a script leaves it, with token weights and with files that are not pushed."""
    from adelie_hf.manifest import Environment, ModelManifest, TrainingEntry

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
    ModelManifest(
        kind="model",
        method="SFT",
        base="someone/base",
        hyperparameters={"learning_rate": 0.125},
        training=TrainingEntry(steps=3, epochs=1.0, seconds_of_the_last_call=90.0, processes=1, device="a device"),
        environment=Environment(adelie_hf="0.1.0", python="3.11.0", machine="x86_64", packages={"trl": "1.0"}),
    ).save(folder / "manifest.json")
    return folder
