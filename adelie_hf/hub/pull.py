"""Pull: a repository into a folder, checked file by file before the folder appears. None of its code is run."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterable
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypedDict, cast, get_args

from huggingface_hub import DatasetCard, DatasetInfo, HfApi, ModelInfo, SpaceInfo
from huggingface_hub.errors import RepositoryNotFoundError

from adelie_hf.errors import InputError
from adelie_hf.files import file_digest, folder_lock, partial_path, read_json, write_json
from adelie_hf.hub.client import RepoType, check_repo_id, faults_as_input_errors, hub_api, retry
from adelie_hf.hub.content import check_content, check_name
from adelie_hf.hub.model import MODEL_FILES
from adelie_hf.hub.tree import CARD
from adelie_hf.manifest import MANIFEST, ConfigEntry, PushedManifest
from adelie_hf.models import CHAT_TEMPLATE

logger = logging.getLogger(__name__)

PULLED = "pulled.json"

# The published models, which have no manifest. They were trained with Tulu's template (paper, section 4).
ADELIE = tuple(f"THU-KEG/ADELIE-{stage}{size}" for stage in ("SFT", "DPO") for size in ("", "-1.5B", "-3B"))

RepoInfo = ModelInfo | DatasetInfo | SpaceInfo

_REPO_TYPES: tuple[RepoType, ...] = get_args(RepoType)


class Pulled(TypedDict):
    """The content of `pulled.json`; `verified` is true where every file was checked against a digest."""

    repo_id: str
    repo_type: RepoType
    revision: str
    verified: bool


class PullResult(Pulled):
    """The result of a pull: the repository and the local folder."""

    folder: str


class _Repository(NamedTuple):
    """A revision of a repository, and the names of its files."""

    repo_id: str
    repo_type: RepoType
    revision: str
    names: set[str]


def pull(repo_id: str, to: str | Path | None = None, revision: str | None = None) -> PullResult:
    """Download a model, data set or metric that this library pushed, or one of the published ADELIE models.

    Only the card and the files that the manifest lists are downloaded. The same call resumes an interrupted pull.

    Args:
        repo_id: `user/name`, or `models/user/name`, `datasets/user/name` or `spaces/user/name` where several
            repositories have that name.
        to: the folder, which appears when it is complete; `runs/<name>` by default.
        revision: a branch, tag or commit.

    Raises:
        InputError: for pickles, names that leave the folder, files with another digest, a folder that exists with
            other content, and every fault of the Hub, the network or the disk.

    Example:
        pull("user/ieinstruct", "runs/ieinstruct")["verified"]
    """
    with faults_as_input_errors(repo_id):
        api = hub_api()
        repository = _find_repository(api, repo_id, revision)
        folder = Path(to) if to is not None else Path("runs") / repository.repo_id.rpartition("/")[2]
        pulled: Pulled = {
            "repo_id": repository.repo_id,
            "repo_type": repository.repo_type,
            "revision": repository.revision,
            "verified": repository.repo_id not in ADELIE,
        }
        if not folder.exists():
            _pull_into(folder, api, repository, pulled)
        elif (folder / PULLED).is_file() and read_json(folder / PULLED) == pulled:
            logger.info("%s already has this revision", folder)
        else:
            raise InputError(
                f"{folder}: exists already, with other content; delete it, or choose another folder", parameter="to"
            )
        return {**pulled, "folder": str(folder)}


def _find_repository(api: HfApi, repo_id: str, revision: str | None) -> _Repository:
    prefix, _, rest = repo_id.partition("/")
    name, repo_types = repo_id, _REPO_TYPES
    if "/" in rest:
        name, repo_types = (
            rest,
            tuple(repo_type for repo_type in _REPO_TYPES if prefix in (repo_type, f"{repo_type}s")),
        )
        if not repo_types:
            raise InputError(f"{repo_id}: give models/, datasets/ or spaces/user/name")
    check_repo_id(name)
    matches = []
    missing: RepositoryNotFoundError | None = None
    for repo_type in repo_types:
        try:
            info = cast(RepoInfo, retry(partial(api.repo_info, name, repo_type=repo_type, revision=revision)))
        except RepositoryNotFoundError as error:
            missing = error
        else:
            names = {file.rfilename for file in info.siblings or ()}
            matches.append(_Repository(name, repo_type, cast(str, info.sha), names))
    if not matches and missing:
        raise missing
    if len(matches) > 1:
        candidates = " or ".join(f"{match.repo_type}s/{name}" for match in matches)
        raise InputError(f"{repo_id}: several repositories have this name; give {candidates}")
    return matches[0]


def _pull_into(folder: Path, api: HfApi, repository: _Repository, pulled: Pulled) -> None:
    staging = partial_path(folder)  # kept after a fault, so that the next call resumes
    with folder_lock(staging):
        if pulled["verified"]:
            expected = _download_verified(api, staging, repository)
        else:
            expected = _download_published(api, staging, repository)
        for file in _files(staging):
            if file.relative_to(staging).as_posix() in expected:
                check_content(file, staging)
            else:
                _remove(file)  # of another revision, whose pull was interrupted
        for name in (".lock", ".cache"):
            _remove(staging / name)
        write_json(staging / PULLED, pulled)
        os.replace(staging, folder)


def _download_verified(api: HfApi, staging: Path, repository: _Repository) -> set[str]:
    """Download the files of the manifest and the card, check their digests, and return all names."""
    if MANIFEST not in repository.names:
        raise InputError(
            f"{repository.repo_id}: has no {MANIFEST}, so it was not pushed by adelie_hf; `hf download` downloads any "
            "repository"
        )
    _download(api, staging, repository, {MANIFEST})
    try:
        manifest = PushedManifest.load(staging / MANIFEST)
    except InputError:
        raise InputError(
            f"{repository.repo_id}: its {MANIFEST} lists no files with digests; it was not written by adelie_hf"
        ) from None
    _download(api, staging, repository, {*manifest.outputs, CARD} & repository.names)
    _check_digests(staging, manifest.outputs)
    if manifest.configs is not None and (staging / CARD).is_file():
        _check_configs(staging / CARD, manifest.configs)
    return {MANIFEST, CARD, *manifest.outputs}


def _download_published(api: HfApi, staging: Path, repository: _Repository) -> set[str]:
    """Download a model that has no manifest, add the template that it was trained with, and return all names."""
    logger.warning(
        "%s has no manifest: its files are not checked against digests, and adelie_hf was not tested with it",
        repository.repo_id,
    )
    names = {name for name in repository.names if any(fnmatch(name, pattern) for pattern in MODEL_FILES)}
    if not any(name.endswith(".safetensors") for name in names):
        raise InputError(
            f"{repository.repo_id}: has no safetensors, only weights that may run code when they are loaded"
        )
    _download(api, staging, repository, names)
    template = "chat_template.jinja"
    (staging / template).write_text(CHAT_TEMPLATE, encoding="utf-8")
    return {*names, template}


def _download(api: HfApi, staging: Path, repository: _Repository, names: Iterable[str]) -> None:
    repo_id, repo_type, revision, _ = repository
    for name in sorted(names):
        check_name(name, repo_id)
    for name in sorted(names):
        retry(partial(api.hf_hub_download, repo_id, name, repo_type=repo_type, revision=revision, local_dir=staging))


def _check_digests(staging: Path, outputs: dict[str, str]) -> None:
    for name, digest in outputs.items():
        file = staging / name
        if not file.is_file():
            raise InputError(f"{name}: in the manifest, but not in the repository; push it again")
        if file_digest(file) != digest:
            file.unlink()  # so that the next call downloads it again
            raise InputError(f"{name}: does not match its digest in the manifest; it was changed or damaged")


def _check_configs(card: Path, configs: list[ConfigEntry]) -> None:
    """Check what the card makes `load_dataset` read; the rest of it may be edited on the Hub."""
    if DatasetCard.load(card).data.get("configs") != [config.to_json() for config in configs]:
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
