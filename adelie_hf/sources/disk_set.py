"""Which strings a reader has met: exact, and in memory that does not grow with their number."""

from __future__ import annotations

import sqlite3


class DiskSet:
    """A set of strings that can only be added to. What no longer fits a small cache lies in a temporary file.

    A Python set of the ids of a gigabyte of short records takes another gigabyte. SQLite removes its file itself.
    """

    def __init__(self) -> None:
        # No statement needs undoing: the file is nobody else's and gone with the reader.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE seen (string TEXT PRIMARY KEY) WITHOUT ROWID")
        self._database.execute("BEGIN")

    def add(self, string: str) -> bool:
        """Adds a string; says whether it is new."""
        return self._database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (string,)).rowcount == 1
