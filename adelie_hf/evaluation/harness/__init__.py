"""Held-out rows of a build as tasks of lm-evaluation-harness: a folder for its `--include_path`.

The YAML files are the tasks, one for each task of the library, and the group `adelie` of all of them; `general.yaml`
has the general benchmarks of the paper with its shots. `functions` has what they name, `task` how a row is asked.
"""
