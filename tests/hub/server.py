"""A Hugging Face Hub on loopback: enough of the protocol for real clients, faults on demand, and a log of requests.

It supports creating repositories and branches, preupload, LFS batch and upload, commits and pull requests, info, tree
and paths-info, resolve with ETag and ranges, whoami, and the check of cards. Requests and answers have the form
that `huggingface_hub` sends and reads.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

TOKENS = {"hf_" + "w" * 34: "write", "hf_" + "r" * 34: "read"}
USER = "user"
_PREFIXES = {"model": "", "dataset": "datasets/", "space": "spaces/"}
_LICENCES = {"apache-2.0", "mit", "gpl-3.0", "cc-by-3.0", "cc-by-sa-4.0", "other", "unknown"}
_LFS = (".safetensors", ".parquet", ".whl", ".bin")  # the suffixes that go to LFS, as in .gitattributes


@dataclass
class Fault:
    """A fault of the next requests that match.

    Args:
        pattern: a regular expression for "METHOD path".
        times: the number of requests.
        status, headers, text: an answer instead of the correct one.
        after_read: close the connection after this many bytes of the request's body.
        after_sent: close the connection after this many bytes of the answer's body.
        stall: wait this many seconds, then close the connection.
        lose: process the request, then close the connection instead of answering.
    """

    pattern: str
    times: int = 1
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    after_read: int | None = None
    after_sent: int | None = None
    stall: float | None = None
    lose: bool = False


@dataclass
class Seen:
    """One request as it reached the server."""

    method: str
    path: str
    user: str | None
    token: str
    received: int = 0
    range: str | None = None
    status: int | None = None
    sent: int = 0

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Repo:
    """Commits, each a complete tree, and the branches that point to them."""

    def __init__(self, private: bool):
        self.private = private
        self.commits: dict[str, dict[str, bytes]] = {}
        self.refs: dict[str, str] = {}
        self.messages: list[str] = []
        self.commit("main", {".gitattributes": b"*.parquet filter=lfs\n"}, "initial commit")

    def commit(self, ref: str, tree: dict[str, bytes], message: str) -> str:
        identity = json.dumps([sorted((name, _sha1(content)) for name, content in tree.items()), len(self.commits)])
        sha = hashlib.sha1(identity.encode()).hexdigest()
        self.commits[sha] = tree
        self.refs[ref] = sha
        self.messages.append(message)
        return sha

    def resolve(self, revision: str) -> str | None:
        return self.refs.get(revision, revision if revision in self.commits else None)

    def tree(self, revision: str = "main") -> dict[str, bytes]:
        sha = self.resolve(revision)
        assert sha is not None
        return self.commits[sha]


class Hub:
    """The server, its repositories and its log. `with Hub() as hub: hub.endpoint`."""

    def __init__(self) -> None:
        self.repos: dict[tuple[str, str], Repo] = {}
        self.objects: dict[str, bytes] = {}
        self.seen: list[Seen] = []
        self.faults: list[Fault] = []
        self.lock = threading.RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": self}))
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Hub:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def repo(self, repo_id: str, repo_type: str = "model") -> Repo:
        return self.repos[repo_type, repo_id]

    def put(self, repo_id: str, files: dict[str, bytes], repo_type: str = "model") -> Repo:
        """Add files to a repository, which is created if it does not exist."""
        repo = self.repos.setdefault((repo_type, repo_id), Repo(private=False))
        repo.commit("main", repo.tree() | files, "files added")
        return repo

    def requests(self, pattern: str = "") -> list[str]:
        return [str(request) for request in self.seen if re.search(pattern, str(request))]

    def fault(self, request: str) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.times and re.search(fault.pattern, request):
                    fault.times -= 1
                    return fault
        return None


class _Closed(Exception):
    """The connection is closed without a complete answer."""


class _Refused(Exception):
    def __init__(self, status: int, message: str, code: str = ""):
        super().__init__(message)
        self.status, self.headers = status, {"X-Error-Message": message} | ({"X-Error-Code": code} if code else {})


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        pass

    def _any(self) -> None:
        parts = urlsplit(self.path)
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.entry = Seen(self.command, unquote(parts.path), USER if token in TOKENS else None, token)
        self.entry.range = self.headers.get("Range")
        self.query = parse_qs(parts.query)
        self.hub.seen.append(self.entry)
        self.fault = self.hub.fault(str(self.entry))
        try:
            if self.fault and self.fault.stall is not None:
                time.sleep(self.fault.stall)
                raise _Closed
            body = self._body()
            if self.fault and self.fault.status is not None:
                self._answer(self.fault.status, self.fault.text.encode(), self.fault.headers)
                return
            self._route(body)
        except _Refused as refused:
            self._answer(refused.status, json.dumps({"error": str(refused)}).encode(), refused.headers)
        except (_Closed, BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = _any

    def _body(self) -> bytes:
        length = int(self.headers.get("Content-Length") or 0)
        limit = self.fault.after_read if self.fault else None
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(length if limit is None else min(limit, length))
        self.entry.received = len(body)
        if limit is not None:
            raise _Closed
        return body

    def _answer(self, status: int, body: bytes, headers: dict[str, str], size: int | None = None) -> None:
        if self.fault and self.fault.lose:
            raise _Closed
        self.entry.status = status
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body) if size is None else size), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            limit = self.fault.after_sent if self.fault else None
            self.wfile.write(body if limit is None else body[:limit])
            self.wfile.flush()
            self.entry.sent = len(body) if limit is None else limit
            if limit is not None:
                raise _Closed

    def _json(self, value: Any, status: int = 200) -> None:
        self._answer(status, json.dumps(value).encode(), {"Content-Type": "application/json"})

    # ---- routes ---------------------------------------------------------------------------------------

    def _route(self, body: bytes) -> None:
        for method, pattern, answer in _ROUTES:
            match = re.fullmatch(pattern, self.entry.path)
            if match and self.command in method:
                with self.hub.lock:
                    answer(self, body, *match.groups())
                return
        raise _Refused(404, f"no such route: {self.entry}")

    def _require(self, right: str = "read") -> None:
        granted = TOKENS.get(self.entry.token)
        if granted is None:
            raise _Refused(401, "Invalid username or password.")
        if right == "write" and granted != "write":
            raise _Refused(403, "Forbidden: this token cannot write.")

    def _repo(self, repo_type: str, repo_id: str) -> Repo:
        repo = self.hub.repos.get((repo_type, repo_id))
        if repo is None or (repo.private and self.entry.user is None):
            raise _Refused(401 if self.entry.user is None else 404, "Repository not found", "RepoNotFound")
        return repo

    def _commit_of(self, repo: Repo, revision: str) -> str:
        sha = repo.resolve(unquote(revision))
        if sha is None:
            raise _Refused(404, "Invalid rev id", "RevisionNotFound")
        return sha

    def whoami(self, body: bytes) -> None:
        self._require()
        self._json({"type": "user", "name": USER, "auth": {"accessToken": {"role": TOKENS[self.entry.token]}}})

    def validate(self, body: bytes) -> None:
        request = json.loads(body)
        errors = card_errors(request["content"], request["repoType"])
        if errors and "text/plain" in self.headers.get("Accept", ""):
            self._answer(400, "\n".join(errors).encode(), {"Content-Type": "text/plain"})
        else:
            answer = {"errors": [{"message": error} for error in errors], "warnings": []}
            self._json(answer, 400 if errors else 200)

    def create(self, body: bytes) -> None:
        self._require("write")
        request = json.loads(body)
        repo_type, repo_id = request.get("type") or "model", f"{request['organization']}/{request['name']}"
        if request["organization"] != USER:
            raise _Refused(403, "You don't have the rights to create there")
        url = {"url": f"{self.hub.endpoint}/{_PREFIXES[repo_type]}{repo_id}"}
        if (repo_type, repo_id) in self.hub.repos:
            self._json(url | {"error": "You already created this repo"}, 409)
            return
        private = request.get("visibility") == "private" or bool(request.get("private"))
        self.hub.repos[repo_type, repo_id] = Repo(private)
        self._json(url)

    def branch(self, body: bytes, repo_type: str, repo_id: str, name: str) -> None:
        self._require("write")
        repo = self._repo(repo_type, repo_id)
        if name in repo.refs:
            raise _Refused(409, "Reference already exists")
        repo.refs[name] = repo.refs["main"]
        self._json({})

    def info(self, body: bytes, repo_type: str, repo_id: str, revision: str | None) -> None:
        repo = self._repo(repo_type, repo_id)
        sha = self._commit_of(repo, revision or "main")
        about = {"id": repo_id, "sha": sha, "private": repo.private, "tags": [], "downloads": 0, "likes": 0}
        about |= {"disabled": False, "gated": False}
        self._json(about | {"siblings": [{"rfilename": name} for name in sorted(repo.commits[sha])]})

    def tree(self, body: bytes, repo_type: str, repo_id: str, revision: str, folder: str | None) -> None:
        repo = self._repo(repo_type, repo_id)
        files = repo.commits[self._commit_of(repo, revision)]
        recursive = self.query.get("recursive", ["false"])[0].lower() in ("true", "1")
        prefix = f"{folder}/" if folder else ""
        entries: dict[str, dict[str, Any]] = {}
        for name, content in sorted(files.items()):
            rest = name.removeprefix(prefix).split("/")
            if name.startswith(prefix):
                for at in range(1, len(rest)) if recursive else range(1, min(2, len(rest))):
                    path = prefix + "/".join(rest[:at])
                    entries[path] = {"type": "directory", "path": path, "oid": _sha1(path.encode()), "size": 0}
                if recursive or len(rest) == 1:
                    entries[name] = _entry(name, content)
        if folder and not entries:
            raise _Refused(404, f"{folder} does not exist", "EntryNotFound")
        self._json(list(entries.values()))

    def paths_info(self, body: bytes, repo_type: str, repo_id: str, revision: str) -> None:
        repo = self._repo(repo_type, repo_id)
        files = repo.commits[self._commit_of(repo, revision)]
        kind = self.headers.get("Content-Type", "")
        paths = json.loads(body)["paths"] if "json" in kind else parse_qs(body.decode()).get("paths", [])
        entries = []
        for path in paths:
            if path in files:
                entries.append(_entry(path, files[path]))
            elif any(name.startswith(f"{path}/") for name in files):
                entries.append({"type": "directory", "path": path, "oid": _sha1(path.encode()), "size": 0})
        self._json(entries)

    def preupload(self, body: bytes, repo_type: str, repo_id: str, revision: str) -> None:
        create_pr = "create_pr" in self.query
        self._require("read" if create_pr else "write")
        repo = self._repo(repo_type, repo_id)
        tree = repo.commits[self._commit_of(repo, revision)]
        files = []
        for request in json.loads(body)["files"]:
            path = request["path"]
            entry = _entry(path, tree[path]) if path in tree else {}
            oid = entry.get("lfs", {}).get("oid") or entry.get("oid")
            mode = "lfs" if path.endswith(_LFS) else "regular"
            files.append({"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": oid})
        self._json({"files": files})

    def commit(self, body: bytes, repo_type: str, repo_id: str, revision: str) -> None:
        create_pr = "create_pr" in self.query
        self._require("read" if create_pr else "write")
        repo = self._repo(repo_type, repo_id)
        parent = self._commit_of(repo, revision)
        tree = dict(repo.commits[parent])
        message = ""
        for line in body.decode().splitlines():
            step = json.loads(line)
            key, value = step["key"], step["value"]
            if key == "header":
                message = value["summary"]
                if value.get("parentCommit", parent) != parent:
                    raise _Refused(412, "A commit has happened since. Please refresh and try again.")
            elif key == "file":
                tree[value["path"]] = base64.b64decode(value["content"])
            elif key == "lfsFile":
                if value["oid"] not in self.hub.objects:
                    raise _Refused(400, f"LFS object {value['oid']} was not uploaded")
                tree[value["path"]] = self.hub.objects[value["oid"]]
            elif key == "deletedFile":
                tree.pop(value["path"])
        number = sum(ref.startswith("refs/pr/") for ref in repo.refs) + 1
        ref = f"refs/pr/{number}" if create_pr else unquote(revision)
        sha = repo.commit(ref, tree, message)
        url = f"{self.hub.endpoint}/{_PREFIXES[repo_type]}{repo_id}"
        pull_request = f"{url}/discussions/{number}" if create_pr else None
        self._json(
            {"success": True, "commitUrl": f"{url}/commit/{sha}", "commitOid": sha, "pullRequestUrl": pull_request}
        )

    def lfs_batch(self, body: bytes, prefix: str, repo_id: str) -> None:
        self._require()
        objects = []
        for request in json.loads(body)["objects"]:
            entry: dict[str, Any] = {"oid": request["oid"], "size": request["size"]}
            if request["oid"] not in self.hub.objects:
                upload = {"href": f"{self.hub.endpoint}/lfs/{request['oid']}?X-Signature=secret-of-the-store"}
                entry["actions"] = {"upload": upload, "verify": {"href": f"{self.hub.endpoint}/lfs-verify"}}
            objects.append(entry)
        self._json({"transfer": "basic", "objects": objects})

    def lfs_put(self, body: bytes, oid: str) -> None:
        if hashlib.sha256(body).hexdigest() != oid:
            raise _Refused(400, "not the object of that digest")
        self.hub.objects[oid] = body
        self._answer(200, b"", {})

    def lfs_verify(self, body: bytes) -> None:
        self._require()
        request = json.loads(body)
        content = self.hub.objects.get(request["oid"])
        self._json({}, 200 if content is not None and len(content) == request["size"] else 404)

    def resolve(self, body: bytes, prefix: str | None, repo_id: str, revision: str, name: str) -> None:
        repo_type = {"datasets/": "dataset", "spaces/": "space"}.get(prefix or "", "model")
        repo = self._repo(repo_type, repo_id)
        sha = self._commit_of(repo, revision)
        content = repo.commits[sha].get(name)
        if content is None:
            raise _Refused(404, "Entry not found", "EntryNotFound")
        entry = _entry(name, content)
        etag = entry.get("lfs", {}).get("oid") or entry["oid"]
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": sha, "Accept-Ranges": "bytes"}
        headers["Content-Type"] = "application/octet-stream"
        if "lfs" in entry:
            headers |= {"X-Linked-Size": str(len(content)), "X-Linked-ETag": f'"{etag}"'}
        bounds = re.fullmatch(r"bytes=(\d+)-(\d*)", self.entry.range or "")
        if not bounds:
            self._answer(200, content, headers)
            return
        start, end = int(bounds[1]), min(int(bounds[2] or len(content) - 1), len(content) - 1)
        headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
        self._answer(206, content[start : end + 1], headers)


_ID = r"([\w.-]+/[\w.-]+)"
_API = rf"/api/(model|dataset|space)s/{_ID}"
_FILES = rf"/(datasets/|spaces/)?{_ID}"
_ROUTES: list[tuple[tuple[str, ...], str, Callable[..., None]]] = [
    (("GET",), r"/api/whoami-v2", _Handler.whoami),
    (("POST",), r"/api/validate-yaml", _Handler.validate),
    (("POST",), r"/api/repos/create", _Handler.create),
    (("POST",), rf"{_API}/branch/(.+)", _Handler.branch),
    (("GET",), rf"{_API}(?:/revision/(.+))?", _Handler.info),
    (("GET",), rf"{_API}/tree/([^/]+)(?:/(.+))?", _Handler.tree),
    (("POST",), rf"{_API}/paths-info/([^/]+)", _Handler.paths_info),
    (("POST",), rf"{_API}/preupload/(.+)", _Handler.preupload),
    (("POST",), rf"{_API}/commit/(.+)", _Handler.commit),
    (("POST",), rf"{_FILES}\.git/info/lfs/objects/batch", _Handler.lfs_batch),
    (("PUT",), r"/lfs/([0-9a-f]{64})", _Handler.lfs_put),
    (("POST",), r"/lfs-verify", _Handler.lfs_verify),
    (("GET", "HEAD"), rf"{_FILES}/resolve/([^/]+)/(.+)", _Handler.resolve),
]


def _sha1(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _entry(name: str, content: bytes) -> dict[str, Any]:
    """Return a file as the tree lists it."""
    entry: dict[str, Any] = {"type": "file", "path": name, "size": len(content), "oid": _sha1(content)}
    if name.endswith(_LFS):
        entry["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
    return entry


def card_errors(content: str, repo_type: str) -> list[str]:
    """Return the reasons for which the Hub refuses a card's metadata, as far as they are documented."""
    block = re.match(r"---\n(.*?)\n---\n", content, re.DOTALL)
    data = yaml.safe_load(block[1]) if block else None
    if not isinstance(data, dict):
        return ["no metadata"]
    errors = []
    licences = data.get("license") or []
    for licence in [licences] if isinstance(licences, str) else licences:
        if licence not in _LICENCES:
            errors.append(f'"license" must be one of a list, not {licence}')
    for config in data.get("configs") or []:
        if not re.fullmatch(r"[\w.-]+", config.get("config_name", "")) or not config.get("data_files"):
            errors.append('"configs" needs names and files')
    for model in data.get("model-index") or []:
        for result in model["results"]:
            if not {"type", "name"} <= set(result["dataset"]) or "type" not in result["task"]:
                errors.append('"model-index" needs the type and name of its data sets, and the type of its tasks')
            if not all({"type", "value"} <= set(metric) for metric in result["metrics"]):
                errors.append('"model-index" needs the type and value of its metrics')
    if repo_type == "space" and data.get("sdk") not in ("gradio", "docker", "static"):
        errors.append('"sdk" must be one of gradio, docker, static')
    return errors
