"""Metrics on the Hub: their Spaces, and the wheel of the library in them."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from io import BytesIO
from typing import Any

import pytest
from huggingface_hub import SpaceCard

import adelie_hf
from adelie_hf.bundled import bundled
from adelie_hf.hub.wheel import build_wheel
from adelie_hf.plugin import metrics
from tests.hub.conftest import assert_one_line, hub_environment
from tests.hub.server import card_errors


def test_the_wheel_is_the_library(tmp_path):
    name, content = build_wheel()
    assert name == f"adelie_hf-{adelie_hf.__version__}-py3-none-any.whl" and build_wheel() == (name, content)
    archive = zipfile.ZipFile(BytesIO(content))
    names = set(archive.namelist())
    assert archive.testzip() is None
    assert {
        "adelie_hf/cli/main.py",
        "adelie_hf/metrics/ie_f1/ie_f1.py",
        "adelie_hf/recipes/sft.py",
        "adelie_hf/hub/templates/model_card.md.j2",
        "adelie_hf/report/templates/build_report.html.j2",
        "adelie_hf/py.typed",
    } <= names
    record = archive.read(f"adelie_hf-{adelie_hf.__version__}.dist-info/RECORD").decode().splitlines()
    assert {line.split(",")[0] for line in record} == names
    assert not [name for name in names if "__pycache__" in name or "/tests/" in name]


@pytest.mark.parametrize("name", metrics())
def test_the_space_of_every_metric(commands, hub, name, tmp_path):
    assert commands("push", "metric", name, f"user/{name}", "--to", "t", cwd=tmp_path).code == 0
    (wheel,) = (tmp_path / "t").glob("*.whl")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    line = f"adelie_hf @ {hub.endpoint}/spaces/user/{name}/resolve/main/{wheel.name}#sha256={digest}"
    assert line in (tmp_path / "t" / "requirements.txt").read_text().splitlines()
    card = (tmp_path / "t" / "README.md").read_text()
    assert card_errors(card, "space") == []
    data: Any = SpaceCard(card).data
    assert data.sdk == "gradio" and data.python_version >= "3.11" and data.license == "apache-2.0"
    assert (tmp_path / "t" / f"{name}.py").read_bytes() == bundled("metrics", name, f"{name}.py").read_bytes()


def test_a_metric_keeps_its_name(commands, tmp_path):
    assert_one_line(commands("push", "metric", "nope", "user/nope", cwd=tmp_path), "unknown metric 'nope'")
    assert_one_line(commands("push", "metric", "ie_f1", "user/other", cwd=tmp_path), "push to a Space named ie_f1")
    assert_one_line(commands("push", "metric", "ie_f1", "user/ie_f1", "--private", cwd=tmp_path), "push it public")


def test_a_pushed_metric_is_installed_and_loaded(hub, commands, tmp_path):
    """Install it as a Space's builder does, from requirements.txt alone; then load it as a user does."""
    assert commands("push", "metric", "ie_f1", "user/ie_f1", cwd=tmp_path).code == 0
    tree = hub.repo("user/ie_f1", "space").tree()
    requirements = tmp_path / "requirements.txt"
    requirements.write_bytes(
        b"\n".join(line for line in tree["requirements.txt"].splitlines() if b"adelie_hf" in line)
    )
    env = hub_environment(hub.endpoint, tmp_path) | {"PYTHONPATH": str(tmp_path / "library")}
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", tmp_path / "library"]
    subprocess.run([*pip, "-r", requirements], env=env, check=True, capture_output=True, timeout=100)
    code = (
        "import adelie_hf, evaluate; print(adelie_hf.__file__)\n"
        "pairs = [[['Acme', 'organization']]]\n"
        "print(evaluate.load('user/ie_f1').compute(predictions=pairs, references=pairs)['f1'])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=200
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == [str(tmp_path / "library" / "adelie_hf" / "__init__.py"), "1.0"]
    assert hub.requests("/spaces/user/ie_f1/resolve/main/ie_f1.py") and hub.requests("GET .*whl")
