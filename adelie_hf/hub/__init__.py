"""The Hugging Face Hub: the tree of a run with its card, pushed in one commit, pulled and checked.

A tree maps the names of a repository's files to what they hold: a file of the run, or bytes that are made for the
Hub, such as the card. `push --to` writes that very tree into a folder.
"""
