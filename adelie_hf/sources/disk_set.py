"""An exact set of strings whose memory does not grow with their number."""

from __future__ import annotations

import sqlite3


class DiskSet:
    """A set of strings that supports only `add`; what exceeds a small cache is kept in a temporary file.

    A Python set of the ids of one gigabyte of short records takes another gigabyte. SQLite deletes the file itself.
    """

    def __init__(self) -> None:
        # No journal: nothing is ever rolled back, and the file is private to this object.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE strings (string TEXT PRIMARY KEY) WITHOUT ROWID")
        self._database.execute("BEGIN")

    def add(self, string: str) -> bool:
        """Add a string; return True if it is new."""
        return self._database.execute("INSERT OR IGNORE INTO strings VALUES (?)", (string,)).rowcount == 1
