"""The documentation site: built in strict mode without a network, complete, and free of external resources."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from filelock import FileLock

from adelie_hf.iefeedback import FeedbackRecipe
from adelie_hf.ieinstruct import Recipe
from adelie_hf.sources import all_sources

pytest.importorskip("mkdocs")
pytest.importorskip("material")
pytest.importorskip("mkdocstrings")

ROOT = Path(__file__).parent.parent.parent

# Python runs this module at its start: any attempt to reach the network ends the build.
NO_NETWORK = """
import os, socket

def refuse(*arguments, **options):
    os.write(2, f"reached for the network: {arguments}".encode())
    os._exit(97)

socket.getaddrinfo = socket.socket.connect = refuse
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The built site; the processes of one test run share it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "documentation"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            folder.mkdir()
            (folder / "sitecustomize.py").write_text(NO_NETWORK)
            (folder / "log").write_text(build(folder))
    log = (folder / "log").read_text()
    assert log == "", log
    return folder / "site"


def build(folder: Path) -> str:
    """Build the site into a folder. Returns what went wrong; warnings count."""
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder / "site")],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(folder), "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    return built.stdout + built.stderr if built.returncode else ""


class Resources(HTMLParser):
    """The addresses that a browser loads by itself for a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag in ("script", "img", "iframe", "source") and attributes.get("src"):
            self.addresses.append(str(attributes["src"]))
        if tag == "link" and attributes.get("rel") not in ("canonical", "next", "prev") and attributes.get("href"):
            self.addresses.append(str(attributes["href"]))


def resources(page: Path) -> list[str]:
    parser = Resources()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser.addresses


def test_no_page_loads_anything_from_another_server(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 60
    external = {address for page in pages for address in resources(page) if re.match(r"(https?:)?//", address)}
    assert not external
    styles = "".join(file.read_text(encoding="utf-8") for file in site.rglob("*.css"))
    assert not re.search(r"url\(['\"]?(https?:)?//|@import", styles)


def test_every_resource_of_a_page_exists(site: Path) -> None:
    missing = {
        f"{page.relative_to(site)}: {address}"
        for page in site.rglob("*.html")
        if page.name != "404.html"  # its addresses start at the root of a server
        for address in resources(page)
        if not address.startswith("data:") and not (page.parent / address.partition("?")[0]).exists()
    }
    assert not missing


def test_every_source_has_a_page_with_its_files_and_categories(site: Path) -> None:
    for name, source in all_sources().items():
        text = (site / "sources" / f"{name}.html").read_text(encoding="utf-8")
        for layout in source.layouts:
            assert f'id="{layout.name.lower()}"' in text or layout.name in text
    scierc = (site / "sources" / "scierc.html").read_text(encoding="utf-8")
    assert "1,861" in scierc and "used for" in scierc and "train.json" in scierc


def test_every_key_of_a_recipe_is_described(site: Path) -> None:
    text = (site / "recipe-keys.html").read_text(encoding="utf-8")
    for model in (Recipe, FeedbackRecipe):
        for name, field in model.model_fields.items():
            assert f"<code>{field.alias or name}</code>" in text
            assert field.description, name


def test_the_api_pages_describe_what_is_public(site: Path) -> None:
    for page, name in (
        ("library", "build_ieinstruct"),
        ("library", "align"),
        ("scoring", "exact_f1"),
        ("records", "Record"),
        ("sources", "load_records"),
    ):
        assert f"{name}" in "".join(headings(site / "api" / f"{page}.html")), name


def headings(page: Path) -> Iterator[str]:
    text = page.read_text(encoding="utf-8")
    for match in re.finditer(r"<h[1-4][^>]*>(.*?)</h[1-4]>", text, re.DOTALL):
        yield re.sub(r"<[^>]+>", "", match[1])


def test_every_command_is_described(site: Path) -> None:
    text = (site / "command-line.html").read_text(encoding="utf-8")
    for command in ("align", "build ieinstruct", "sources check", "sample", "explain", "push", "pull"):
        assert f"adelie-hf {command}</" in text or f">adelie-hf {command}<" in text, command
