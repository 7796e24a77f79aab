"""A page in the system's Chromium, which the fixture `browser` starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any


class Opened:
    """A page in the browser, without a network and without an error."""

    def __init__(self, browser: Any, html: str, folder: Path, **options: Any):
        file = folder / "page.html"
        file.write_text(html, encoding="utf-8")
        self.page = browser.new_context(offline=True, **options).new_page()
        self.errors: list[str] = []
        self.page.on("console", lambda message: self.errors.append(message.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", self._refuse)
        self.page.goto(file.as_uri())

    def _refuse(self, dialog: Any) -> None:
        self.errors.append(dialog.message)
        dialog.dismiss()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.page, name)

    def marks(self, more: str = "") -> list[str]:
        """The characters of the marks that are marked, without what crosses them."""
        return self.texts_of(f".m[id]:not(.off){more}")

    def texts_of(self, selector: str) -> list[str]:
        return list(self.page.locator(selector).evaluate_all("all => all.map((each) => each.textContent)"))

    def focused(self) -> str:
        return str(self.page.evaluate("document.activeElement.textContent"))
