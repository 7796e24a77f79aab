"""Push: the tree of a run into a repository, in one commit or not at all."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Literal, NotRequired, TypedDict

from huggingface_hub import CommitInfo, CommitOperationAdd, CommitOperationDelete, HfApi

from adelie_hf._version import __version__
from adelie_hf.errors import InputError
from adelie_hf.files import write_json
from adelie_hf.hub.client import RepoType, check_repo_id, faults_as_input_errors, hub_api, retry
from adelie_hf.hub.dataset import dataset_tree
from adelie_hf.hub.metric import metric_tree
from adelie_hf.hub.model import model_tree
from adelie_hf.hub.tree import Tree, check_private, tree_sizes, write_tree
from adelie_hf.manifest import MANIFEST, PushedManifest
from adelie_hf.run_folder import Pushed, pushed_file

Kind = Literal["dataset", "model", "adapter", "metric"]

_REPO_TYPES: dict[Kind, RepoType] = {"dataset": "dataset", "model": "model", "adapter": "model", "metric": "space"}


class PushResult(TypedDict):
    """The result of a push: the files (name -> bytes) and the rows left out (source -> number), and its address.

    `folder` is present where the tree was written into a folder, `commit` and `url` where it was uploaded.
    """

    repo_id: str
    repo_type: RepoType
    files: dict[str, int]
    removed: dict[str, int]
    folder: NotRequired[str]
    commit: NotRequired[str]
    url: NotRequired[str]


def push(
    kind: Kind,
    run: str | Path,
    repo_id: str,
    *,
    to: str | Path | None = None,
    private: bool = False,
    revision: str | None = None,
    create_pr: bool = False,
    dry_run: bool = False,
    drop_licensed: bool = False,
) -> PushResult:
    """Make the tree of a run, and upload it in one commit or one pull request.

    The same call resumes an interrupted upload: files that the Hub has are not sent again, and nothing is visible
    there before the commit.

    Args:
        kind: `dataset`, `model`, `adapter` or `metric`.
        run: the folder to push (see `dataset_tree` and `model_tree`), or the name of a metric.
        repo_id: `user/name`; the repository is created if it does not exist.
        to: a folder to write the tree into; nothing is uploaded.
        private: make the repository private. A public repository is an error.
        revision: a branch, which is created if it does not exist; by default the main branch.
        create_pr: open a pull request instead.
        dry_run: only list the files.
        drop_licensed: leave out the rows of sources whose licences do not allow passing them on.

    Raises:
        InputError: for a run that cannot be pushed, and for every fault of the Hub or the network, with its remedy.

    Example:
        push("dataset", "runs/demo/ieinstruct", "user/ieinstruct")["url"]
    """
    with faults_as_input_errors(repo_id), tempfile.TemporaryDirectory(prefix="adelie-hf-") as scratch:
        check_repo_id(repo_id)
        if drop_licensed and kind != "dataset":
            raise InputError("only a data set has rows that can be left out", parameter="drop_licensed")
        if "/" not in repo_id:
            raise InputError(f"{repo_id}: name the user or organisation, too: user/{repo_id}")
        if kind == "metric" and private and not (to or dry_run):
            raise InputError(
                f"{repo_id}: the builder of a private Space cannot download the wheel in it; push it public",
                parameter="private",
            )
        tree, removed = _make_tree(kind, run, repo_id, Path(scratch), drop_licensed, revision)
        repo_type = _REPO_TYPES[kind]
        result: PushResult = {
            "repo_id": repo_id,
            "repo_type": repo_type,
            "files": tree_sizes(tree),
            "removed": removed,
        }
        if to is not None:
            if not dry_run:
                write_tree(tree, Path(to))
            result["folder"] = str(to)
        elif not dry_run:
            commit = _upload(tree, repo_id, repo_type, private, revision, create_pr)
            if kind == "dataset" and not create_pr:
                pushed: Pushed = {"repo_id": repo_id, "revision": commit.oid, "removed": removed}
                write_json(pushed_file(Path(run)), pushed)
            result["commit"] = commit.oid
            result["url"] = commit.pr_url or commit.commit_url
        return result


def _make_tree(
    kind: Kind, run: str | Path, repo_id: str, scratch: Path, drop_licensed: bool, revision: str | None
) -> tuple[Tree, dict[str, int]]:
    """Return the tree of a run, and source -> number of rows that were left out of it."""
    if kind == "metric":
        return metric_tree(str(run), repo_id, revision), {}
    folder = Path(run)
    if not folder.is_dir():
        raise InputError(f"{run}: no such folder")
    removed: dict[str, int] = {}
    if kind == "dataset":
        tree, removed = dataset_tree(folder, repo_id, scratch, drop_licensed)
    else:
        tree = model_tree(kind, folder, repo_id)
    check_private(tree, folder)
    return tree, removed


def _upload(
    tree: Tree, repo_id: str, repo_type: RepoType, private: bool, revision: str | None, create_pr: bool
) -> CommitInfo:
    api = hub_api()
    sdk = "gradio" if repo_type == "space" else None
    retry(lambda: api.create_repo(repo_id, repo_type=repo_type, private=private or None, exist_ok=True, space_sdk=sdk))
    if private and not retry(lambda: api.repo_info(repo_id, repo_type=repo_type)).private:
        raise InputError(
            f"{repo_id}: exists and is public; make it private on the Hub, or push it public", parameter="private"
        )
    if revision:
        retry(lambda: api.create_branch(repo_id, branch=revision, repo_type=repo_type, exist_ok=True))
    # A commit whose answer was lost is not made twice: the second one finds that all of its files are there. A pull
    # request would be opened twice.
    statuses = (429,) if create_pr else None
    return retry(lambda: _commit(api, tree, repo_id, repo_type, revision, create_pr), statuses)


def _commit(
    api: HfApi, tree: Tree, repo_id: str, repo_type: RepoType, revision: str | None, create_pr: bool
) -> CommitInfo:
    """Commit the tree on top of the current revision; files of an earlier push that the tree lacks are deleted."""
    current = api.repo_info(repo_id, repo_type=repo_type, revision=revision)
    names = set(api.list_repo_files(repo_id, repo_type=repo_type, revision=current.sha))
    pushed_earlier = _pushed_files(api, repo_id, repo_type, current.sha) if MANIFEST in names else set()
    operations: list[CommitOperationAdd | CommitOperationDelete] = [
        CommitOperationDelete(name) for name in sorted(pushed_earlier & names - set(tree))
    ]
    operations += [CommitOperationAdd(name, content) for name, content in tree.items()]
    return api.create_commit(
        repo_id,
        operations,
        commit_message=f"Push with adelie_hf {__version__}",
        repo_type=repo_type,
        revision=revision,
        create_pr=create_pr,
        parent_commit=current.sha,
    )


def _pushed_files(api: HfApi, repo_id: str, repo_type: RepoType, revision: str | None) -> set[str]:
    """Return the files of an earlier push; none where the repository's manifest is not one of this library."""
    file = api.hf_hub_download(repo_id, MANIFEST, repo_type=repo_type, revision=revision)
    try:
        return set(PushedManifest.load(Path(file)).outputs)
    except InputError:
        return set()
