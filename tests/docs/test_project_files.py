"""Files about the project: valid YAML, decisions that can be found, links of README that lead somewhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

import adelie_hf

ROOT = Path(__file__).parent.parent.parent
YAML_FILES = sorted(
    str(file.relative_to(ROOT))
    for file in (
        *ROOT.glob(".github/**/*.yml"),
        *ROOT.glob("recipes/**/*.yaml"),
        ROOT / ".pre-commit-config.yaml",
        ROOT / "CITATION.cff",
        ROOT / "mkdocs.yml",
    )
)
DECISIONS = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
LINKED = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "CODE_OF_CONDUCT.md")


@pytest.mark.parametrize("file", YAML_FILES)
def test_yaml_files_can_be_loaded(file: str) -> None:
    assert isinstance(yaml.safe_load((ROOT / file).read_text(encoding="utf-8")), dict)


def test_the_workflow_runs_the_commands_of_the_makefile_on_every_declared_python() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    commands = {
        step["run"].partition(" PYTHON")[0]
        for job in workflow["jobs"].values()
        for step in job["steps"]
        if "run" in step
    }
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert commands == {"make test", "make test-lowest", "make docs"}
    assert {command.removeprefix("make ") for command in commands} <= targets
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    assert workflow["jobs"]["test"]["strategy"]["matrix"]["python"] == declared


def test_hooks_need_no_network() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert {repository["repo"] for repository in hooks["repos"]} == {"local"}
    assert {hook["language"] for repository in hooks["repos"] for hook in repository["hooks"]} == {"system"}


def test_the_citation_has_the_version_and_the_paper() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == adelie_hf.__version__
    assert citation["license"] == "Apache-2.0"
    (paper,) = citation["references"]
    assert paper["title"].startswith("ADELIE") and len(paper["authors"]) == 6


def test_decisions_have_numbers_dates_and_files_that_exist() -> None:
    entries = re.findall(r"^### (\d+)\. .+\n\n\*(\d{4}-\d{2}-\d{2}) · (.+)\*$", DECISIONS, re.MULTILINE)
    numbers = [int(number) for number, _, _ in entries]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert len(numbers) == DECISIONS.count("\n### ")
    missing = [
        path for _, _, files in entries for path in re.findall(r"`([^`]+)`", files) if not (ROOT / path).exists()
    ]
    assert not missing


def test_decisions_refer_to_decisions_that_exist() -> None:
    numbers = set(re.findall(r"^### (\d+)\.", DECISIONS, re.MULTILINE))
    assert set(re.findall(r"[Ss]uperseded by (\d+)", DECISIONS)) <= numbers


@pytest.mark.parametrize("file", LINKED)
def test_relative_links_lead_to_files(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#]+)", text)
    assert not [target for target in targets if not target.startswith("http") and not (ROOT / target).exists()]
