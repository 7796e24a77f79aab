"""Takes the top-level folders of thin files into the wheel; everything else stands in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

FOLDERS = ("dataset_scripts", "metrics", "recipes")


class BuildWithFolders(build_py):  # type: ignore[misc]  # setuptools is not typed
    """Copies them below `adelie_hf/`, so that nothing installs a top-level `metrics` or `recipes`."""

    def run(self) -> None:
        package = Path(self.build_lib, "adelie_hf")
        if not self.editable_mode:
            shutil.rmtree(package, ignore_errors=True)  # an earlier build may have left files that are gone since
        super().run()
        if not self.editable_mode:
            for folder in FOLDERS:
                shutil.copytree(folder, package / folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))


setup(cmdclass={"build_py": BuildWithFolders})
