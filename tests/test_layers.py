"""Imports go one way: a module imports its own room and rooms further up in the table of CONTRIBUTING.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "adelie_hf"


def floors() -> dict[str, int]:
    """Room -> floor, from the table."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (`.+?`) \|", text, re.MULTILINE)
    return {room: int(floor) for floor, rooms in rows for room in re.findall(r"`(\w+)`", rooms)}


def modules() -> dict[str, Path]:
    """Dotted name -> file, for every module of the package."""
    return {
        ".".join((PACKAGE.name, *file.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): file
        for file in sorted(PACKAGE.rglob("*.py"))
    }


def room_of(module: str) -> str:
    """The first name below the package; empty for the package itself."""
    return module.split(".")[1] if "." in module else ""


def imports(file: Path, known: set[str]) -> Iterator[str]:
    """The modules of the package that a file imports, at its top, inside functions, and for type checking."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            submodules = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in known else node.module for name in submodules]
        else:
            continue
        yield from (name for name in names if name.partition(".")[0] == PACKAGE.name)


def test_every_room_has_a_floor() -> None:
    rooms = {room_of(module) for module in modules()} - {""}
    assert rooms == set(floors())


def test_a_module_imports_only_rooms_further_up() -> None:
    table = floors()
    files = modules()
    violations = []
    for module, file in files.items():
        room = room_of(module)
        if not room:
            continue  # the package itself offers what the rooms export
        for name in imports(file, set(files)):
            other = room_of(name)
            if other and other != room and table[other] >= table[room]:
                violations.append(f"{module} imports {name}")
    assert not violations, "\n".join(violations)


def test_no_modules_import_each_other_in_a_circle() -> None:
    files = modules()
    packages = {module for module, file in files.items() if file.name == "__init__.py"}  # they only pass names on
    graph = {
        module: {name for name in imports(file, set(files)) if name in files and name not in packages}
        for module, file in files.items()
        if module not in packages
    }
    list(TopologicalSorter(graph).static_order())  # raises CycleError, which names the circle


def test_no_import_is_hidden_in_a_string() -> None:
    hidden = {module for module, file in modules().items() if "import_module(" in file.read_text(encoding="utf-8")}
    # Lazy attributes of the package, the modules of corpora and user formats, and metric modules by folder name.
    assert hidden <= {"adelie_hf", "adelie_hf.sources.catalogue", "adelie_hf.plugin"}


def test_packages_contain_no_logic() -> None:
    """An `__init__` has a docstring, imports and `__all__`; the package itself also offers lazy names."""
    for module, file in modules().items():
        if file.name == "__init__.py" and module != "adelie_hf":
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                allowed = (ast.Expr, ast.Import, ast.ImportFrom, ast.Assign)
                assert isinstance(node, allowed), f"{module}: line {node.lineno}"
                if isinstance(node, ast.Assign):
                    assert [getattr(target, "id", "") for target in node.targets] == ["__all__"], module
