"""Pull: complete and checked, or absent; no file leaves the folder, and none is run."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from adelie_hf.models import CHAT_TEMPLATE
from tests.hub.conftest import READ, WRITE, assert_one_line, hub_environment
from tests.hub.server import Fault
from tests.hub.test_push import AT_ONCE

HEADER = b"{}"
WEIGHTS = len(HEADER).to_bytes(8, "little") + HEADER


@pytest.fixture
def pushed(hub, commands, model, tmp_path):
    """A model on the server."""
    assert commands("push", "model", model, "user/m", cwd=tmp_path).code == 0
    hub.seen.clear()
    return hub.repo("user/m")


def put(hub, files: dict[str, bytes], **manifest: object):
    """A repository with a manifest that lists its files."""
    outputs = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return hub.put("user/m", files | {"manifest.json": json.dumps({"outputs": outputs} | manifest).encode()})


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if not path.is_dir()}


def test_a_pulled_model_is_the_pushed_one(hub, commands, pushed, tmp_path):
    pulled = commands("pull", "user/m", cwd=tmp_path, token=READ)
    assert pulled.code == 0 and "every file matches the manifest" in pulled.out
    pulled_files = files(tmp_path / "runs" / "m")
    about = json.loads(pulled_files.pop("pulled.json"))
    assert about == {"repo_id": "user/m", "repo_type": "model", "revision": pushed.refs["main"], "verified": True}
    pushed_files = dict(pushed.tree())
    del pushed_files[".gitattributes"]
    assert pulled_files == pushed_files and "training_args.bin" not in pulled_files
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["m"]
    hub.seen.clear()
    again = commands("pull", "user/m", cwd=tmp_path)
    assert again.code == 0 and "already has this revision" in again.err and not hub.requests("/resolve/")
    assert commands("pull", "models/user/m", "--to", "x", "--revision", pushed.refs["main"], cwd=tmp_path).code == 0


def test_a_folder_with_other_content_is_left_alone(commands, pushed, tmp_path):
    (tmp_path / "mine").mkdir()
    assert_one_line(commands("pull", "user/m", "--to", "mine", cwd=tmp_path), "mine: exists already", "(option --to)")
    assert list((tmp_path / "mine").iterdir()) == []


def test_an_ambiguous_name_is_refused(hub, commands, pushed, tmp_path):
    hub.put("user/m", {}, "dataset")
    assert_one_line(
        commands("pull", "user/m", cwd=tmp_path),
        "several repositories have this name",
        "models/user/m or datasets/user/m",
    )
    assert_one_line(commands("pull", "papers/user/m", cwd=tmp_path), "give models/, datasets/ or spaces/user/name")


def test_a_missing_repository_is_reported(hub, commands, pushed, tmp_path):
    assert_one_line(commands("pull", "user/gone", cwd=tmp_path), "user/gone: not found, or private", "status 404")
    assert_one_line(commands("pull", "user/gone", cwd=tmp_path, token=""), "status 401", "hf auth login")
    assert_one_line(
        commands("pull", "user/m", "--revision", "gone", cwd=tmp_path), "no such revision (option --revision)"
    )
    hub.put("user/foreign", {"model.safetensors": WEIGHTS})
    assert_one_line(commands("pull", "user/foreign", cwd=tmp_path), "no manifest.json", "hf download")
    assert not list(tmp_path.glob("runs/[!.]*"))


def test_a_file_that_differs_from_the_manifest_is_refused(hub, commands, pushed, tmp_path):
    pushed.commit("main", pushed.tree() | {"config.json": b"{}"}, "changed")
    assert_one_line(commands("pull", "user/m", cwd=tmp_path), "config.json: does not match its digest in the manifest")
    tree = dict(pushed.tree())
    del tree["config.json"]
    pushed.commit("main", tree, "gone")
    assert_one_line(
        commands("pull", "user/m", cwd=tmp_path), "config.json: in the manifest, but not in the repository"
    )
    assert not (tmp_path / "runs" / "m").exists()


def test_a_card_may_be_edited_but_not_what_it_declares(hub, commands, build, tmp_path):
    assert commands("push", "dataset", build, "user/d", cwd=tmp_path).code == 0
    repo = hub.repo("user/d", "dataset")
    card = repo.tree()["README.md"]
    repo.commit("main", repo.tree() | {"README.md": card + b"\nThank you.\n"}, "edited")
    assert commands("pull", "user/d", "--to", "edited", cwd=tmp_path).code == 0
    repo.commit("main", repo.tree() | {"README.md": card.replace(b"data/*/train", b"/etc/train")}, "evil")
    assert_one_line(commands("pull", "user/d", "--to", "evil", cwd=tmp_path), "declares other files than the manifest")
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    "name",
    ["../out.json", "a/../../out.json", "/tmp/out.json", "a\\..\\out.json", "C:out.json", "a//b.json", ".git/hooks/x"]
    + [".cache/huggingface/x", "a\nb.json", "~ ", ".lock"],
)
def test_no_name_leaves_the_folder(hub, commands, tmp_path, name):
    put(hub, {name: b"{}"})
    assert_one_line(
        commands("pull", "user/m", "--to", "deep/er/m", cwd=tmp_path), "could leave the folder", repr(name)
    )
    assert not hub.requests("/resolve/.*(out|hooks|huggingface)")
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} <= {
        "manifest.json",
        ".lock",
        ".gitignore",
    } | {path.name for path in tmp_path.rglob("*") if ".cache" in path.parts}


@pytest.mark.parametrize("name", ["training_args.bin", "w/Model.PT", "a.ckpt", "weights.pkl", "array.npy"])
def test_no_pickle_is_downloaded(hub, commands, tmp_path, name):
    put(hub, {name: b"\x80\x04.", "model.safetensors": WEIGHTS})
    assert_one_line(commands("pull", "user/m", cwd=tmp_path), f"{name} may run code")
    assert not hub.requests(r"/resolve/.*(bin|PT|ckpt|pkl|npy)$")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.safetensors", b"\x80\x04\x95pickled"),
        ("model.safetensors", (10**12).to_bytes(8, "little") + b"{}"),
        ("model.safetensors", b""),
        ("config.json", b"\x80\x04\x95pickled\xff"),
        ("config.json", b"(dp0\n\0"),
        ("data/x/train-0.parquet", b"PK\x03\x04"),
        ("tokenizer.model", b"PK\x03\x04torch"),
        ("tokenizer.model", b"\x80\x02."),
        ("a.whl", b"\x80\x04."),
    ],
)
def test_content_that_does_not_match_its_name_is_refused(hub, commands, tmp_path, name, content):
    put(hub, {name: content})
    assert_one_line(commands("pull", "user/m", cwd=tmp_path), f"{name}: its content does not match its name")
    assert not (tmp_path / "runs" / "m").exists()


@pytest.mark.parametrize("manifest", [b"[]", b"{}", b'{"outputs": ["a"]}', b'{"outputs": {"a": 1}}', b"{", b"\xff"])
def test_a_broken_manifest_is_one_line(hub, commands, tmp_path, manifest):
    hub.put("user/m", {"manifest.json": manifest})
    assert_one_line(commands("pull", "user/m", cwd=tmp_path), "manifest.json")


def test_an_interrupted_download_resumes(hub, commands, pushed, model, tmp_path):
    """Within a call at its byte; in a second call with the incomplete file, and without the complete ones."""
    weights = "GET .*/model.safetensors"
    file = model / "model.safetensors"
    size, written = 12_000_000, 10 * 2**20  # the client writes so many bytes at once
    file.write_bytes(file.read_bytes().ljust(size, b"."))
    assert commands("push", "model", model, "user/m", cwd=tmp_path).code == 0
    hub.seen.clear()
    hub.faults += [Fault(weights, after_sent=11_000_000), Fault(weights, status=403)]
    assert_one_line(commands("pull", "user/m", cwd=tmp_path), "status 403")
    assert not (tmp_path / "runs" / "m").exists() and (tmp_path / "runs" / ".m.partial").is_dir()
    assert commands("pull", "user/m", cwd=tmp_path).code == 0
    downloads = [seen for seen in hub.seen if seen.path.endswith("model.safetensors") and seen.method == "GET"]
    assert [download.range for download in downloads[:2]] == [None, f"bytes={written}-"]
    last = (downloads[2].range, downloads[2].sent)
    assert last in ((None, size), (f"bytes={written}-", size - written))  # huggingface_hub 2, and before
    others = [
        seen.path for seen in hub.seen if seen.method == "GET" and "/resolve/" in seen.path and seen not in downloads
    ]
    assert len(others) == len(set(others)) > 5
    assert (tmp_path / "runs/m/model.safetensors").read_bytes() == file.read_bytes()


@pytest.mark.parametrize("status", [429, 500])
def test_a_transient_fault_is_retried(hub, commands, pushed, tmp_path, status):
    hub.faults.append(Fault(r"GET /api/models/user/m$", times=2, status=status, headers=AT_ONCE))
    hub.faults.append(Fault(r"GET .*/config.json", status=status, headers=AT_ONCE))
    assert commands("pull", "user/m", cwd=tmp_path).code == 0


def test_a_lasting_fault_is_one_line(hub, commands, pushed, tmp_path):
    hub.faults.append(Fault(r"GET /api/models/user/m$", times=99, status=502, headers=AT_ONCE))
    assert_one_line(commands("pull", "user/m", cwd=tmp_path), "user/m: ", "status 502", "to resume")
    assert len(hub.requests("/api/models/user/m$")) == 4


def test_a_full_disk_is_one_line(hub, pushed, tmp_path):
    """A limit on the size of files has the effect of a full disk: the writer gets an error from the system."""
    env = hub_environment(hub.endpoint, tmp_path / "home")
    code = (
        "import resource, signal, sys; from adelie_hf.cli import main\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (3000, resource.RLIM_INFINITY))\n"
        "sys.exit(main(['pull', 'user/m']))"
    )
    result = subprocess.run([sys.executable, "-c", code], env=env, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 2, result.stderr
    assert "user/m: no space left on this disk; free some" in result.stderr and "Traceback" not in result.stderr
    assert not (tmp_path / "runs" / "m").exists()


def test_a_metric_is_copied_and_not_run(hub, commands, tmp_path):
    module = b"raise SystemExit('imported')\n"
    files_of = {"ie_f1.py": module, "app.py": module, "a.whl": b"PK\x03\x04"}
    outputs = {name: hashlib.sha256(content).hexdigest() for name, content in files_of.items()}
    manifest = json.dumps({"kind": "metric", "name": "ie_f1", "outputs": outputs}).encode()
    hub.put("user/ie_f1", files_of | {"manifest.json": manifest, "README.md": b"---\nsdk: gradio\n---\n"}, "space")
    assert commands("pull", "user/ie_f1", cwd=tmp_path).code == 0
    assert (tmp_path / "runs" / "ie_f1" / "ie_f1.py").read_bytes() == module


@pytest.mark.parametrize("name", ["ADELIE-SFT", "ADELIE-DPO-1.5B"])
def test_the_published_models_get_their_template(hub, commands, tmp_path, name):
    """A repository like theirs: no manifest, no template, and pickles beside the weights."""
    layout = {
        "config.json": b"{}",
        "tokenizer.json": b"{}",
        "tokenizer_config.json": b"{}",
        "README.md": b"---\n---\n",
    }
    weights = {"model-00001-of-00001.safetensors": WEIGHTS, "model.safetensors.index.json": b"{}"}
    hub.put(f"THU-KEG/{name}", layout | weights | {"training_args.bin": b"\x80\x04.", "modeling.py": b"raise"})
    pulled = commands("pull", f"THU-KEG/{name}", "--to", "m", cwd=tmp_path)
    assert pulled.code == 0 and "not checked against digests" in pulled.out and "not tested with it" in pulled.err
    assert set(files(tmp_path / "m")) == {*layout, *weights, "chat_template.jinja", "pulled.json"} - {"README.md"}
    assert (tmp_path / "m" / "chat_template.jinja").read_text() == CHAT_TEMPLATE
    assert json.loads((tmp_path / "m" / "pulled.json").read_text())["verified"] is False
    assert not hub.requests("/resolve/.*(bin|py)$")


def test_a_published_model_of_pickles_is_refused(hub, commands, tmp_path):
    hub.put("THU-KEG/ADELIE-SFT", {"config.json": b"{}", "pytorch_model.bin": b"\x80\x04."})
    assert_one_line(commands("pull", "THU-KEG/ADELIE-SFT", cwd=tmp_path), "no safetensors", "run code")
    assert not hub.requests("/resolve/")


def test_the_token_reaches_the_hub_and_nothing_else(hub, commands, pushed, tmp_path):
    assert commands("pull", "user/m", cwd=tmp_path, token=WRITE).code == 0
    assert {request.token for request in hub.seen} == {WRITE}
    assert not any(WRITE.encode() in content for content in files(tmp_path).values())
