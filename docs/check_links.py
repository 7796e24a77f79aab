"""Request every external link of the built site once: `python docs/check_links.py site`.

Links between pages are checked by the strict build. This needs a network, so no test runs it.
"""

from __future__ import annotations

import argparse
import re
import sys
import urllib.error
import urllib.request
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path

_LINK = re.compile(r'href="(https?://[^"#]+)')
_AGENT = {"User-Agent": "adelie_hf link check"}
_BLOCKED = (401, 403, 405, 429)  # the server is there, and refuses a script


def external_links(site: Path) -> dict[str, list[str]]:
    """Return address -> pages that link to it."""
    pages: dict[str, list[str]] = defaultdict(list)
    for page in sorted(site.rglob("*.html")):
        for address in set(_LINK.findall(page.read_text(encoding="utf-8"))):
            pages[unescape(address)].append(page.relative_to(site).as_posix())
    return dict(pages)


def fault(address: str) -> str:
    """Return what is wrong with an address; empty if it can be opened."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=_AGENT), timeout=30):
            return ""
    except urllib.error.HTTPError as error:
        return "" if error.code in _BLOCKED else f"status {error.code}"
    except OSError as error:
        return str(error)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", type=Path, help="the folder of the built site")
    links = external_links(parser.parse_args().site)
    with ThreadPoolExecutor(8) as pool:
        faults = {address: found for address, found in zip(links, pool.map(fault, links), strict=True) if found}
    for address, found in faults.items():
        print(f"{address}: {found} (in {', '.join(links[address])})")
    print(f"{len(links)} external links, {len(faults)} faulty")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
