"""Pull: a repository into a folder, checked file by file before the folder appears. Nothing of it is run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from huggingface_hub import DatasetCard, HfApi
from huggingface_hub.errors import RepositoryNotFoundError
from huggingface_hub.utils import validate_repo_id

from adelie_hf.chat import CHAT_TEMPLATE
from adelie_hf.errors import InputError
from adelie_hf.files import file_digest, folder_lock, partial_path, read_json, write_json
from adelie_hf.hub.client import attempt, hub, one_line
from adelie_hf.hub.content import refuse_content, refuse_name
from adelie_hf.hub.model import MODEL_FILES
from adelie_hf.hub.tree import CARD, MANIFEST, Say

REPO_TYPES = ("model", "dataset", "space")
PULLED = "pulled.json"

# The published models, which have no manifest of ours. They were trained with Tulu's template (paper, section 4).
ADELIE = tuple(f"THU-KEG/ADELIE-{stage}{size}" for stage in ("SFT", "DPO") for size in ("", "-1.5B", "-3B"))


def pull(
    repo_id: str, to: str | Path | None = None, revision: str | None = None, say: Say = lambda line: None
) -> dict[str, Any]:
    """Fetches a model, data set or metric that was pushed from here, or one of the published ADELIE models.

    Only files that the manifest lists are fetched, and the card. A pull that was cut goes on when it is called again.

    Args:
        repo_id: `user/name`, or `models/`, `datasets/` or `spaces/user/name` where several have that name.
        to: the folder, which appears when it is whole; `runs/<name>` without.
        revision: a branch, tag or commit.
        say: takes one line of progress at a time.

    Returns:
        What is in `pulled.json`: `repo_id`, `repo_type`, `revision`, `verified` (whether every file has the
        digest of its manifest), and `folder`.

    Raises:
        InputError: for pickles, names that leave the folder, files with another digest, a folder that is already
            there with something else, and every fault of the Hub, the network or the disk.
    """
    with one_line(repo_id):
        api = hub()
        repo_type, name, info = _look(api, repo_id, revision, say)
        folder = Path(to) if to is not None else Path("runs") / name.rpartition("/")[2]
        about = {"repo_id": name, "repo_type": repo_type, "revision": info.sha, "verified": name not in ADELIE}
        if folder.exists():
            if (folder / PULLED).is_file() and read_json(folder / PULLED) == about:
                say(f"{folder} is already there")
                return about | {"folder": str(folder)}
            raise InputError(f"{folder}: is already there, and holds something else; delete it, or choose with --to")
        names = {file.rfilename for file in info.siblings or ()}
        staging = partial_path(folder)  # stays after a fault, so that the next call goes on with it
        with folder_lock(staging):
            _fetch(api, staging, about, names, say)
            for file in (".lock", ".cache"):
                _remove(staging / file)
            write_json(staging / PULLED, about)
            os.replace(staging, folder)
        return about | {"folder": str(folder)}


def _look(api: HfApi, repo_id: str, revision: str | None, say: Say) -> tuple[str, str, Any]:
    """The type, the name and the state of a repository."""
    kind, _, rest = repo_id.partition("/")
    named = kind.removesuffix("s") if "/" in rest else None
    name = rest if named else repo_id
    if named and named not in REPO_TYPES:
        raise InputError(f"{repo_id}: write models/, datasets/ or spaces/user/name")
    validate_repo_id(name)
    found: dict[str, Any] = {}
    missing: Exception | None = None
    for repo_type in (named,) if named else REPO_TYPES:
        try:
            found[repo_type] = attempt(
                lambda kind=repo_type: api.repo_info(name, repo_type=kind, revision=revision),  # type: ignore[misc]
                say,
            )
        except RepositoryNotFoundError as error:
            missing = error
    if not found and missing:
        raise missing
    if len(found) > 1:
        raise InputError(f"{repo_id}: there are several; write {' or '.join(f'{kind}s/{name}' for kind in found)}")
    ((repo_type, info),) = found.items()
    return repo_type, name, info


def _fetch(api: HfApi, staging: Path, about: dict[str, Any], names: set[str], say: Say) -> None:
    if about["verified"]:
        if MANIFEST not in names:
            raise InputError(
                f"{about['repo_id']}: no {MANIFEST}, so not pushed from here; `hf download` gets any repository"
            )
        _download(api, staging, about, {MANIFEST}, say)
        outputs = _outputs(staging / MANIFEST)
        _download(api, staging, about, {*outputs, CARD} & names, say)
        _check(staging, outputs)
    else:
        say(
            f"{about['repo_id']} has no manifest: its files are not checked against digests, and it was not tried here"
        )
        wanted = {name for name in names if any(fnmatch(name, pattern) for pattern in MODEL_FILES)}
        if not any(name.endswith(".safetensors") for name in wanted):
            raise InputError(
                f"{about['repo_id']}: has no safetensors, only weights that run code when they are loaded"
            )
        _download(api, staging, about, wanted, say)
        (staging / "chat_template.jinja").write_text(CHAT_TEMPLATE, encoding="utf-8")
        wanted |= {"chat_template.jinja"}
    keep = {MANIFEST, CARD, *outputs} if about["verified"] else wanted
    for file in _files(staging):
        if file.relative_to(staging).as_posix() not in keep:
            _remove(file)  # of another revision, where a pull of that was cut
        else:
            refuse_content(file, staging)


def _download(api: HfApi, staging: Path, about: dict[str, Any], names: Iterable[str], say: Say) -> None:
    wanted = sorted(names)
    for name in wanted:
        refuse_name(name, about["repo_id"])
    for name in wanted:
        attempt(
            lambda name=name: api.hf_hub_download(  # type: ignore[misc]
                about["repo_id"],
                name,
                repo_type=about["repo_type"],
                revision=about["revision"],
                local_dir=staging,
            ),
            say,
        )


def _outputs(file: Path) -> dict[str, str]:
    manifest = read_json(file)
    outputs = manifest.get("outputs") if isinstance(manifest, dict) else None
    if not isinstance(outputs, dict) or not all(isinstance(value, str) for value in outputs.values()):
        raise InputError(f"{file.name}: lists no files with digests; it was not written by adelie_hf")
    return outputs


def _check(staging: Path, outputs: dict[str, str]) -> None:
    for name, known in outputs.items():
        file = staging / name
        if not file.is_file():
            raise InputError(f"{name}: in the manifest, and not in the repository; push it again")
        if file_digest(file) != known:
            file.unlink()  # so that the next call fetches it again
            raise InputError(f"{name}: not the file of the manifest (another digest); it was changed or damaged")
    manifest = read_json(staging / MANIFEST)
    if (staging / CARD).is_file() and "configs" in manifest:
        _check_configs(staging / CARD, manifest["configs"])


def _check_configs(card: Path, known: list[dict[str, Any]]) -> None:
    """The card may be edited on the Hub, but not what it tells `load_dataset` to read."""
    if DatasetCard.load(card).data.get("configs") != known:
        raise InputError(f"{CARD}: declares other files than the manifest; push it again")


def _files(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if not path.is_dir() and path.relative_to(folder).parts[0] not in (".cache", ".lock")
    )


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
