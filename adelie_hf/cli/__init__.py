"""The command line `adelie-hf`. Importing it loads nothing that a command needs: `--help` stays fast."""

from adelie_hf.cli.main import main

__all__ = ["main"]
