"""Push: the tree of a run into a repository, whole or not at all."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from huggingface_hub import CommitInfo, CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.utils import validate_repo_id

from adelie_hf._version import __version__
from adelie_hf.errors import InputError
from adelie_hf.files import write_json
from adelie_hf.hub import data, metric, model
from adelie_hf.hub.client import attempt, hub, one_line
from adelie_hf.hub.tree import MANIFEST, Say, Tree, refuse_private, sizes, write

REPO_TYPES = {"dataset": "dataset", "model": "model", "adapter": "model", "metric": "space"}


def push(
    kind: str,
    run: str,
    repo_id: str,
    *,
    to: str | Path | None = None,
    private: bool = False,
    revision: str | None = None,
    create_pr: bool = False,
    dry_run: bool = False,
    drop_licensed: bool = False,
    say: Say = lambda line: None,
) -> dict[str, Any]:
    """Makes the tree of a run and uploads it in one commit, or one pull request.

    An upload that was cut goes on when it is called again: what the Hub has is not sent twice, and nothing is
    visible there before the commit.

    Args:
        kind: `dataset`, `model`, `adapter` or `metric`.
        run: the folder to push (`adelie_hf.hub.data.tree`, `model.tree`), or the name of a metric.
        repo_id: `user/name`. It is made where it does not exist.
        to: a folder to write the tree to; nothing is uploaded.
        private: make it private. A repository that is public is refused.
        revision: a branch, made where it does not exist; the main one without.
        create_pr: open a pull request instead.
        dry_run: only say what the tree holds.
        drop_licensed: leave out the rows of sources that may not be passed on.
        say: takes one line of progress at a time.

    Returns:
        `repo_id`, `repo_type`, `files` (name -> bytes), `removed` (source -> rows left out), and what became of it:
        `folder`, or `commit` and `url`.

    Raises:
        InputError: for a run that cannot be pushed, and for every fault of the Hub or the network, with the mend.
    """
    with one_line(repo_id), tempfile.TemporaryDirectory(prefix="adelie-hf-") as scratch:
        validate_repo_id(repo_id)
        if drop_licensed and kind != "dataset":
            raise InputError("--drop-licensed is for data sets; nothing else holds rows")
        if "/" not in repo_id:
            raise InputError(f"{repo_id}: name the user or organisation, too: user/{repo_id}")
        if kind == "metric" and private and not (to or dry_run):
            raise InputError(f"{repo_id}: the builder of a private Space cannot fetch the wheel in it; push it public")
        tree = _tree(kind, run, repo_id, Path(scratch), drop_licensed, revision, say)
        result: dict[str, Any] = {"repo_id": repo_id, "repo_type": REPO_TYPES[kind], "files": sizes(tree)}
        result["removed"] = _manifest(tree).get("removed", {})
        if to is not None:
            if not dry_run:
                write(tree, Path(to))
            return result | {"folder": str(to)}
        if dry_run:
            return result
        commit = _upload(tree, repo_id, REPO_TYPES[kind], private, revision, create_pr, say)
        if kind == "dataset" and not create_pr:
            pushed = {"repo_id": repo_id, "revision": commit.oid, "removed": result["removed"]}
            write_json(Path(run) / model.PUSHED, pushed)
        return result | {"commit": commit.oid, "url": commit.pr_url or commit.commit_url}


def _tree(kind: str, run: str, repo_id: str, scratch: Path, drop: bool, revision: str | None, say: Say) -> Tree:
    if kind == "metric":
        return metric.tree(run, repo_id, revision)
    if not Path(run).is_dir():
        raise InputError(f"{run}: no such folder")
    if kind == "dataset":
        made = data.tree(Path(run), repo_id, scratch, drop)
    else:
        made = model.tree(kind, Path(run), repo_id, say)
    refuse_private(made, Path(run))
    return made


def _manifest(tree: Tree) -> dict[str, Any]:
    content = tree[MANIFEST]
    assert isinstance(content, bytes)
    return json.loads(content)


def _upload(
    tree: Tree, repo_id: str, repo_type: str, private: bool, revision: str | None, create_pr: bool, say: Say
) -> CommitInfo:
    api = hub()

    def again(call: Callable[[], Any]) -> Any:
        return attempt(call, say)

    sdk = "gradio" if repo_type == "space" else None
    again(lambda: api.create_repo(repo_id, repo_type=repo_type, private=private or None, exist_ok=True, space_sdk=sdk))
    if private and not again(lambda: api.repo_info(repo_id, repo_type=repo_type)).private:
        raise InputError(f"{repo_id}: is there and public; make it private on the Hub, or push without --private")
    if revision:
        again(lambda: api.create_branch(repo_id, branch=revision, repo_type=repo_type, exist_ok=True))
    # A commit whose answer is lost finds all of its files there when it is made again, and is not made twice; a pull
    # request would be.
    only = (429,) if create_pr else None
    return attempt(lambda: _commit(api, tree, repo_id, repo_type, revision, create_pr), say, only)


def _commit(api: HfApi, tree: Tree, repo_id: str, repo_type: str, revision: str | None, create_pr: bool) -> CommitInfo:
    """One commit on what is there now: new files, and without those that an earlier push left and this one has not."""
    there = api.repo_info(repo_id, repo_type=repo_type, revision=revision)
    names = set(api.list_repo_files(repo_id, repo_type=repo_type, revision=there.sha))
    stale = sorted((_outputs(api, repo_id, repo_type, there.sha) if MANIFEST in names else set()) & names - set(tree))
    operations: list[Any] = [CommitOperationDelete(name) for name in stale]
    operations += [CommitOperationAdd(name, content) for name, content in tree.items()]
    return api.create_commit(
        repo_id,
        operations,
        commit_message=f"Push with adelie_hf {__version__}",
        repo_type=repo_type,
        revision=revision,
        create_pr=create_pr,
        parent_commit=there.sha,
    )


def _outputs(api: HfApi, repo_id: str, repo_type: str, revision: str | None) -> set[str]:
    """The files that an earlier push made; none where the manifest there is not one of ours."""
    file = api.hf_hub_download(repo_id, MANIFEST, repo_type=repo_type, revision=revision)
    try:
        return set(json.loads(Path(file).read_text(encoding="utf-8"))["outputs"])
    except (ValueError, KeyError, TypeError):
        return set()
