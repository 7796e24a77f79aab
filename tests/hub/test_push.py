"""Faults of a push: retried where that helps, resumed by the next call, else reported in one clear line.

The assertions are about the requests that reached the server, and about its repositories.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from adelie_hf.errors import InputError
from adelie_hf.hub.client import faults_as_input_errors
from tests.hub.conftest import READ, SECRETS, WRITE, assert_one_line, hub_environment
from tests.hub.server import Fault

AT_ONCE = {"Retry-After": "0"}
REPO = "user/m"


@pytest.mark.parametrize(
    ("token", "repo_id", "parts"),
    [
        ("", "user/m", ("user/m: ", "status 401", "hf auth login")),
        ("hf_" + "x" * 34, "user/m", ("user/m: ", "status 401", "hf auth login")),
        (READ, "user/m", ("user/m: ", "status 403", "cannot write", "one with write access")),
        (WRITE, "someone/m", ("someone/m: ", "status 403")),
        (WRITE, "m", ("m: name the user or organisation",)),
        (WRITE, "user/m/n", ("not the name of a repository",)),
        (WRITE, "user/../m", ("not the name of a repository",)),
    ],
)
def test_a_push_without_permission_gives_the_reason(hub, commands, model, tmp_path, token, repo_id, parts):
    assert_one_line(commands("push", "model", model, repo_id, cwd=tmp_path, token=token), *parts)
    assert not hub.repos and not hub.objects


@pytest.mark.parametrize(
    ("status", "parts"),
    [
        (409, ("status 409", "changed by someone else")),
        (412, ("status 412", "run the same command again")),
        (413, ("status 413",)),
        (404, ("status 404", "check the name")),
    ],
)
def test_a_permanent_fault_is_reported_at_once(hub, commands, model, tmp_path, status, parts):
    hub.faults.append(Fault("POST .*/commit/", status=status, headers={"X-Error-Message": "the   reason"}))
    assert_one_line(commands("push", "model", model, REPO, cwd=tmp_path), "the reason", *parts)
    assert len(hub.requests("/commit/")) == 1
    assert list(hub.repo(REPO).tree()) == [".gitattributes"]
    assert commands("push", "model", model, REPO, cwd=tmp_path).code == 0


@pytest.mark.parametrize("place", ["/api/validate-yaml", "/api/repos/create", "/api/models/user/m$", "/commit/"])
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_transient_fault_is_retried(hub, commands, model, tmp_path, place, status):
    hub.faults.append(Fault(place, times=2, status=status, headers=AT_ONCE, text="{}"))
    pushed = commands("push", "model", model, REPO, cwd=tmp_path)
    assert pushed.code == 0, pushed.err
    assert f"status {status}; retrying in 0 s (2 of 3)" in pushed.err
    assert len(hub.repo(REPO).messages) == 2 and "model.safetensors" in hub.repo(REPO).tree()


def test_a_lasting_fault_is_reported_after_four_tries(hub, commands, model, tmp_path):
    hub.faults.append(Fault("POST .*/commit/", times=99, status=503, headers=AT_ONCE))
    assert_one_line(commands("push", "model", model, REPO, cwd=tmp_path), REPO, "status 503", "to resume")
    assert len(hub.requests("/commit/")) == 4
    assert list(hub.repo(REPO).tree()) == [".gitattributes"]
    hub.faults.clear()
    assert commands("push", "model", model, REPO, cwd=tmp_path).code == 0
    assert len(hub.requests("^PUT")) == 1  # the weights were there already


def test_a_page_instead_of_an_answer_is_retried(hub, commands, model, tmp_path):
    hub.faults.append(Fault("validate-yaml", status=503, text="<html>"))
    assert commands("push", "model", model, REPO, cwd=tmp_path).code == 0
    with pytest.raises(InputError, match="user/m: the answer is not from the Hub"), faults_as_input_errors(REPO):
        json.loads("<html>")


def test_a_long_wait_is_reported_and_not_waited_for(hub, commands, model, tmp_path):
    hub.faults.append(Fault("POST .*/commit/", status=429, headers={"Retry-After": "3600"}))
    assert_one_line(commands("push", "model", model, REPO, cwd=tmp_path), "status 429", "wait 3600 s")
    assert len(hub.requests("/commit/")) == 1


def test_the_wait_that_the_hub_requests_is_respected(hub, commands, model, tmp_path):
    hub.faults.append(Fault("POST .*/repos/create", status=429, headers={"Retry-After": "1"}))
    start = time.monotonic()
    assert commands("push", "model", model, REPO, cwd=tmp_path).code == 0
    assert time.monotonic() - start >= 1


def test_a_missing_answer_is_retried(hub, commands, model, tmp_path):
    hub.faults.append(Fault("POST .*/repos/create", stall=4))
    pushed = commands("push", "model", model, REPO, cwd=tmp_path)
    assert pushed.code == 0 and "no answer, or the connection broke" in pushed.err


def test_an_interrupted_upload_is_sent_again(hub, commands, model, tmp_path):
    hub.faults.append(Fault("PUT /lfs/", after_read=1000))
    if commands("push", "model", model, REPO, cwd=tmp_path).code:  # a client before 2 does not retry this itself
        assert commands("push", "model", model, REPO, cwd=tmp_path).code == 0
    size = (model / "model.safetensors").stat().st_size
    assert [request.received for request in hub.seen if request.method == "PUT"] == [1000, size]
    assert hub.repo(REPO).tree()["model.safetensors"] == (model / "model.safetensors").read_bytes()


def test_a_commit_whose_answer_is_lost_is_made_once(hub, commands, model, tmp_path):
    hub.faults.append(Fault("POST .*/commit/", lose=True))
    pushed = commands("push", "model", model, REPO, "--json", cwd=tmp_path)
    assert pushed.code == 0 and len(hub.requests("/commit/")) == 1 and len(hub.repo(REPO).messages) == 2
    assert json.loads(pushed.out)["commit"] == hub.repo(REPO).refs["main"]


def test_a_pull_request_whose_answer_is_lost_is_not_opened_twice(hub, commands, model, tmp_path):
    hub.faults.append(Fault("POST .*/commit/", lose=True))
    assert_one_line(commands("push", "model", model, REPO, "--pr", cwd=tmp_path), "the connection broke")
    assert sorted(hub.repo(REPO).refs) == ["main", "refs/pr/1"]
    assert list(hub.repo(REPO).tree()) == [".gitattributes"]


def test_a_killed_upload_resumes(hub, commands, build, tmp_path):
    """Shards that were sent before the process was killed are not sent again, and nothing was visible before."""
    hub.faults.append(Fault("PUT /lfs/", times=3))  # three go through
    hub.faults.append(Fault("PUT /lfs/", times=99, stall=60))
    env = hub_environment(hub.endpoint, tmp_path / "home") | {"HF_TOKEN": WRITE, "HF_HUB_DOWNLOAD_TIMEOUT": "90"}
    command = [sys.executable, "-m", "adelie_hf.cli", "push", "dataset", str(build), "user/killed"]
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while len(hub.requests("^PUT")) < 6 or len(hub.objects) < 3:
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert list(hub.repo("user/killed", "dataset").tree()) == [".gitattributes"]
    sent = len(hub.objects)
    hub.faults.clear()
    hub.seen.clear()
    assert commands("push", "dataset", build, "user/killed", cwd=tmp_path).code == 0
    shards = {name for name in hub.repo("user/killed", "dataset").tree() if name.endswith(".parquet")}
    assert sent == 3 and len(hub.requests("^PUT")) == len(shards) - sent


def test_offline_is_reported(tmp_path, model):
    env = hub_environment("http://127.0.0.1:9", tmp_path / "home") | {"HF_HUB_OFFLINE": "1", "HF_TOKEN": WRITE}
    command = [sys.executable, "-m", "adelie_hf.cli", "push", "model", str(model), REPO]
    result = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert result.returncode == 2 and result.stderr == (
        "adelie-hf: user/m: HF_HUB_OFFLINE is set; unset it, or push to a folder instead\n"
    )


def test_a_debugging_client_does_not_print_the_token(hub, tmp_path, model):
    hub.faults.append(Fault("PUT /lfs/", status=500, headers=AT_ONCE))
    hub.faults.append(Fault("POST .*/commit/", status=403))
    env = hub_environment(hub.endpoint, tmp_path / "home") | {
        "HF_TOKEN": WRITE,
        "HF_DEBUG": "1",
        "HF_HUB_VERBOSITY": "debug",
    }
    command = [sys.executable, "-m", "adelie_hf.cli", "push", "model", str(model), REPO]
    result = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert result.returncode == 2 and "curl" in result.stderr and "status 403" in result.stderr
    assert not any(secret in result.stdout + result.stderr for secret in SECRETS)
    assert {request.token for request in hub.seen if "/commit/" in request.path} == {WRITE}
