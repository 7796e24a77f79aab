"""MkDocs hooks: the pages that are generated from the library and from files outside of `docs/`.

A page is generated where its content has an owner elsewhere: a data set's page from its `Source`, the recipe keys from
the pydantic models, the command line from its help, the API pages from `__all__`, the cards from READMEs beside the
code. Links between those files become links between pages, so that the strict build checks them.
"""

from __future__ import annotations

import os
import posixpath
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from importlib.resources import files as package_files
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from pydantic import BaseModel

from adelie_hf.sources import Source, all_sources
from adelie_hf.sources.label_sets import load_schemas
from adelie_hf.tasks import TASKS

ROOT = Path(__file__).parent.parent

# Files outside of docs/ that are pages: file -> page.
PAGES = {
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "CODE_OF_CONDUCT.md": "code-of-conduct.md",
    "dataset_scripts/records/README.md": "columns/records.md",
    "dataset_scripts/ieinstruct/README.md": "columns/ieinstruct.md",
    "dataset_scripts/iefeedback/README.md": "columns/iefeedback.md",
    "metrics/ie_f1/README.md": "metrics/ie_f1.md",
    "metrics/carb/README.md": "metrics/carb.md",
    "metrics/robust/README.md": "metrics/robust.md",
    "metrics/odie_table/README.md": "metrics/odie_table.md",
    "recipes/smollm2-135m/README.md": "recipes/smollm2-135m.md",
    "recipes/smollm2-demo/README.md": "recipes/smollm2-demo.md",
    "recipes/smollm2-mixture/README.md": "recipes/smollm2-mixture.md",
    "recipes/qwen3-0.6b/README.md": "recipes/qwen3-0.6b.md",
    "recipes/qwen2.5-1.5b/README.md": "recipes/qwen2.5-1.5b.md",
    "recipes/llama-3.2-3b/README.md": "recipes/llama-3.2-3b.md",
    "recipes/llama-2-7b/README.md": "recipes/llama-2-7b.md",
    "recipes/tiny/README.md": "recipes/tiny.md",
    "recipes/tiny-data/README.md": "recipes/tiny-data.md",
    "docs/skeletons/source.py": "skeletons/source.md",
}

# The pages of the API: page -> (title, modules).
API = {
    "library": ("One call each", ("adelie_hf",)),
    "records": ("Records, queries, answers", ("adelie_hf.records", "adelie_hf.queries", "adelie_hf.answers")),
    "tasks": ("Tasks and rows", ("adelie_hf.tasks", "adelie_hf.rows")),
    "sources": ("Sources", ("adelie_hf.sources",)),
    "prompts": ("Prompts and answer formats", ("adelie_hf.prompts",)),
    "builds": ("Builds", ("adelie_hf.ieinstruct", "adelie_hf.iefeedback")),
    "scoring": ("Scoring", ("adelie_hf.scoring",)),
    "sampling": ("Sampling", ("adelie_hf.sampling",)),
    "training": ("Training", ("adelie_hf.training", "adelie_hf.rewards")),
    "extraction": ("Extraction", ("adelie_hf.extraction",)),
    "evaluation": ("Evaluation and reports", ("adelie_hf.evaluation", "adelie_hf.report")),
}

ROLES = {
    "training": ("Training", "Part of `mixture` builds; the paper trains on these."),
    "held-out": ("Held out", "Never part of a training mixture; the paper evaluates on these."),
    "own": ("Formats of your own data", "Read from files of yours that no published data set claims."),
}

_LINK = re.compile(r"(?<=\]\()([^)\s#:]+)(#[^)\s]*)?(?=\))")
_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_COMMANDS = re.compile(r"\{([\w,-]+)\}")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Fill in the generated parts of the navigation."""
    assert config.nav is not None
    _section(config.nav, "Data sets").extend(_source_navigation())
    reference, project = _section(config.nav, "Reference"), _section(config.nav, "Project")
    folders = {"Columns of the data sets": "columns", "Metric cards": "metrics", "Training recipes": "recipes"}
    for name, folder in folders.items():
        _section(reference, name).extend(page for page in PAGES.values() if page.startswith(f"{folder}/"))
    _section(reference, "Python API").extend({title: f"api/{name}.md"} for name, (title, _) in API.items())
    _section(project, "Skeletons").extend(_skeleton_navigation())
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    for page, content in _generated_pages():
        files.append(File.generated(config, page, content=content))
    return files


def _generated_pages() -> Iterator[tuple[str, str]]:
    for file, page in PAGES.items():
        if file.endswith(".md"):
            yield page, _repository_page(file)
        elif (ROOT / file).is_file():
            yield page, _code_page(file)
    yield "sources/index.md", sources_index()
    for name, source in all_sources().items():
        yield f"sources/{name}.md", source_page(source)
    yield "recipe-keys.md", recipe_page()
    yield "command-line.md", command_page()
    for name, (title, modules) in API.items():
        yield f"api/{name}.md", api_page(title, modules)


# ---- navigation -----------------------------------------------------------------------------------


def _section(nav: list[Any], name: str) -> list[Any]:
    """The list below a heading of the navigation."""
    return next(entry[name] for entry in nav if isinstance(entry, dict) and name in entry)


def _source_navigation() -> Iterator[str | dict[str, list[dict[str, str]]]]:
    yield "sources/index.md"
    for role, (title, _) in ROLES.items():
        yield {title: [{source.title: f"sources/{source.name}.md"} for source in _sources_of(role)]}


def _skeleton_navigation() -> Iterator[str]:
    folder = ROOT / "docs" / "skeletons"
    yield from sorted(f"skeletons/{file.stem}.md" for file in folder.glob("*.*") if file.suffix in (".md", ".py"))


def _sources_of(role: str) -> list[Source]:
    return [source for source in all_sources().values() if source.role == role]


# ---- files of the repository ----------------------------------------------------------------------


def _repository_page(file: str) -> str:
    """A Markdown file outside of `docs/` as a page: its title, without its front matter, its links rewritten."""
    text = (ROOT / file).read_text(encoding="utf-8")
    text = _FRONT_MATTER.sub("", text)
    return _LINK.sub(lambda match: _page_link(file, PAGES[file], match[1]) + (match[2] or ""), text)


def _page_link(file: str, page: str, target: str) -> str:
    """A link of a file of the repository, as a link of its page."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(file), target))
    other = PAGES.get(path) or PAGES.get(f"{path}/README.md") or path.removeprefix("docs/")
    return posixpath.relpath(other, posixpath.dirname(page))


def _code_page(file: str) -> str:
    path = ROOT / file
    return f"# `{path.name}`\n\nCopy `{file}`.\n\n```python\n{path.read_text(encoding='utf-8')}```\n"


# ---- data sets ------------------------------------------------------------------------------------


def sources_index() -> str:
    """The table of all data sets, by role."""
    parts = [
        "# Data sets\n\n"
        "The library contains no text of a published data set. It reads files that you obtain from each publisher.\n"
        "Files are recognised by name and content, at any depth of a folder.\n\n"
        "```bash\n"
        "adelie-hf sources list        # this list, on the command line\n"
        "adelie-hf sources check raw   # which files are present, their counts beside the published ones\n"
        "```\n"
    ]
    for role, (title, note) in ROLES.items():
        parts.append(f"\n## {title}\n\n{note}\n\n")
        parts.append(_table(("data set", "name", "tasks", "domain", "licence"), map(_overview, _sources_of(role))))
    return "".join(parts)


def _overview(source: Source) -> list[str]:
    link = f"[{source.title}]({source.name}.md)"
    return [link, f"`{source.name}`", _codes(source.tasks), source.domain, _licence(source)]


def source_page(source: Source) -> str:
    """The page of one data set."""
    title, note = ROLES[source.role]
    facts = [
        ("name", f"`{source.name}`"),
        ("tasks", ", ".join(f"`{task}` {TASKS[task].title}" for task in source.tasks)),
        ("role", f"{title.lower()} ({note[0].lower()}{note[1:].rstrip('.')})"),
        ("domain", source.domain),
        ("licence", _licence(source)),
        ("obtain it from", _place(source)),
    ]
    if citation := _citations().get(source.name):
        facts.append(("publication", citation))
    parts = [f"# {source.title}\n\n", _table(("", ""), facts)]
    parts.append(f"\n{_bullets('Notes', source.notes)}{_bullets('What is dropped', source.drops)}")
    parts.append("\n## Layouts and files\n\n")
    if len(source.layouts) > 1:
        parts.append("Where several layouts are present, the first of this list is read.\n\n")
    parts.append(_layouts(source))
    if any(source.counts.values()):
        parts.append(f"\n## Published counts\n\n{_counts(source)}")
    parts.append(_labels(source))
    parts.append(f"\n## Use\n\n```bash\nadelie-hf sources check raw --sources {source.name}\n")
    parts.append(f"adelie-hf build ieinstruct {source.name} --data-dir raw --out runs/{source.name}\n```\n")
    return "".join(parts)


def _licence(source: Source) -> str:
    return source.licence + (f" (licensed by {source.licensed})" if source.licensed else "")


def _place(source: Source) -> str:
    if source.url.startswith("http"):
        return f"<{source.url}>"
    page = PAGES.get(source.url) or PAGES.get(f"{source.url}/README.md")
    return f"[{source.url}](../{page})" if page else f"`{source.url}`"


def _citations() -> Mapping[str, str]:
    text = (package_files("adelie_hf.sources") / "citations.yaml").read_text(encoding="utf-8")
    citations: dict[str, str] = yaml.safe_load(text)
    return citations


def _layouts(source: Source) -> str:
    """One row per layout: its files by split, and what is read beside them."""
    splits = list(dict.fromkeys(split for layout in source.layouts for split in layout.file_names))
    rows = [
        [f"`{layout.name}`", *(_codes(layout.file_names.get(name, ())) for name in splits), _codes(layout.companions)]
        for layout in source.layouts
    ]
    columns = ["layout", *splits, "read beside them"]
    if not any(layout.companions for layout in source.layouts):
        rows, columns = [row[:-1] for row in rows], columns[:-1]
    return _table(columns, rows)


def _counts(source: Source) -> str:
    kinds = list(dict.fromkeys(kind for counts in source.counts.values() for kind in counts))
    rows = (
        [split, *(f"{counts[kind]:,}" if kind in counts else "" for kind in kinds)]
        for split, counts in source.counts.items()
        if counts
    )
    return _table(("split", *kinds), rows)


def _labels(source: Source) -> str:
    """The categories of each task with their definitions; nothing where the data alone names them."""
    if not (package_files("adelie_hf.sources") / "schemas" / f"{source.name}.yaml").is_file():
        return ""
    parts = [
        "\n## Categories\n\nThe definitions are this library's own; guidelines in a request show them to the model.\n"
    ]
    for task, schema in load_schemas(source.name).items():
        if not schema:
            continue
        heading = TASKS[task].title if task in TASKS else task
        columns = ["category", "in the files", "definition", "roles"]
        rows = [[label.name, f"`{label.raw}`", label.definition, ", ".join(label.roles)] for label in schema]
        if not any(label.roles for label in schema):
            columns, rows = columns[:-1], [row[:-1] for row in rows]
        parts.append(f'\n??? note "{heading[0].upper()}{heading[1:]}: {len(schema)} categories"\n\n')
        parts.append(_indented(_table(columns, rows)))
        roles = {role.name: role for label in schema for role in label.role_labels}
        if roles and task == "eae":
            parts.append(f'\n??? note "Roles: {len(roles)}"\n\n')
            rows = [[role.name, f"`{role.raw}`", role.definition] for role in roles.values()]
            parts.append(_indented(_table(("role", "in the files", "definition"), rows)))
    return "".join(parts)


# ---- recipes, command line, API -------------------------------------------------------------------


def recipe_page() -> str:
    """The keys of both recipes and of a benchmark, from the pydantic models."""
    from adelie_hf.evaluation import Benchmark
    from adelie_hf.iefeedback import FeedbackRecipe
    from adelie_hf.ieinstruct import Recipe

    parts = [
        "# Recipe keys\n\n"
        "A recipe is a YAML file with any of these keys. An unknown key, or a value of another kind, is an error\n"
        "that names the file and the key. The [guide](guides/build.md) shows how a recipe is used.\n\n"
        "```yaml\n# my-recipe.yaml\nseed: 42\ncap: 1000\nguidelines: 0.5\ndemonstrations: 0.0\n```\n"
    ]
    for title, model, command in (
        ("IEInstruct", Recipe, "adelie-hf build ieinstruct --recipe"),
        ("IEFeedback", FeedbackRecipe, "adelie-hf build iefeedback --recipe"),
    ):
        file = f"{title.lower()}.yaml"
        parts.append(f"\n## {title}\n\nRead by `{command}`, and as `{file}` in a recipe folder.\n\n")
        parts.append(_key_table(model))
    parts.append("\n## Benchmark\n\nRead by `adelie-hf evaluate`; the [guide](guides/evaluate.md) has an example.\n\n")
    return "".join([*parts, _key_table(Benchmark)])


def _key_table(model: type[BaseModel]) -> str:
    rows = (
        (
            f"`{field.alias or name}`",
            "required" if field.is_required() else _value(field.get_default(call_default_factory=True)),
            _oneline(field.description or ""),
        )
        for name, field in model.model_fields.items()
    )
    return _table(("key", "default", "meaning"), rows)


def _value(value: object) -> str:
    if value is None or value == {}:
        return "none"
    if isinstance(value, Mapping):
        return "`{" + ", ".join(f"{key}: {entry}" for key, entry in value.items()) + "}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def command_page() -> str:
    """The help of every command."""
    parts = ["# Command line\n\nWritten from the commands' own `--help`.\n"]
    for command in _commands(()):
        parts.append(f"\n## {' '.join(('adelie-hf', *command))}\n\n```text\n{_help(command)}```\n")
    return "".join(parts)


def _commands(prefix: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The commands below one, depth first, without those that only group others."""
    text = _help(prefix)
    subcommands = re.findall(r"^    ([\w-]+)(?= |$)", text.partition("positional arguments:")[2], re.MULTILINE)
    if not subcommands or not re.search(r"^  (COMMAND|KIND)\b", text, re.MULTILINE):
        yield prefix
        return
    for name in subcommands:
        yield from _commands((*prefix, name))


def _help(command: tuple[str, ...]) -> str:
    environment = os.environ | {"COLUMNS": "100", "NO_COLOR": "1"}
    arguments = [sys.executable, "-m", "adelie_hf.cli", *command, "--help"]
    return subprocess.run(arguments, check=True, capture_output=True, text=True, env=environment, cwd=ROOT).stdout


def api_page(title: str, modules: Iterable[str]) -> str:
    """What modules export: the first paragraph of each, then every function and class of its `__all__`."""
    parts = [f"# {title}\n"]
    for name in modules:
        module = import_module(name)
        parts.append(f"\n## `{name}`\n\n{(module.__doc__ or '').strip().partition(chr(10))[0]}\n")
        parts.extend(f"\n::: {name}.{member}\n" for member in _members(module))
    return "".join(parts)


def _members(module: ModuleType) -> list[str]:
    names = getattr(module, "__all__", None) or [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
    ]
    values = {name: getattr(module, name) for name in names}
    return [name for name, value in values.items() if callable(value) and hasattr(value, "__qualname__")]


# ---- Markdown -------------------------------------------------------------------------------------


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    columns = tuple(columns)
    lines = [columns, ("---",) * len(columns), *(tuple(map(_cell, row)) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _oneline(text: str) -> str:
    return " ".join(text.split())


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _bullets(title: str, lines: Iterable[str]) -> str:
    points = "".join(f"- {line}\n" for line in lines)
    return f"\n## {title}\n\n{points}" if points else ""


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())
