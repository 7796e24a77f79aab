"""The Hugging Face Hub: push a run with its card in one commit, pull a repository and check it.

A tree maps the names of a repository's files to their contents: a file of the run, or bytes that are made for the
Hub, such as the card. `push(..., to=folder)` writes the same tree into a folder. The cards are made from `templates/`.
"""
