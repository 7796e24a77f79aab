"""XML read piece by piece. No external entity, no DTD and no entity of the document's own is ever expanded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from adelie_hf.errors import InputError

_CHUNK = 1 << 16  # bytes


def elements(file: Path, *names: str) -> Iterator[tuple[int, Element]]:
    """The elements of those names, the outermost where they nest, each with the line that it begins on.

    What lies outside of them is not kept, so that memory grows with the largest of them, not with the file.

    Raises:
        InputError: naming the file and the line, for XML that is not well-formed, that defines entities, or
            whose text uses others than the five of XML itself (expat passes over those in attributes where
            a file names a DTD); for a file that has no such element, is empty or cannot be opened.
    """
    parser = expat.ParserCreate()
    found: list[tuple[int, Element]] = []
    builder: TreeBuilder | None = None  # of the element that is open
    first = depth = 0

    def refuse(problem: str) -> NoReturn:
        raise InputError(f"{file}:{parser.CurrentLineNumber}: {problem}; mend it, or fetch the file again")

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal builder, first, depth
        if builder is None and name in names:
            builder, first, depth = TreeBuilder(), parser.CurrentLineNumber, 0
        if builder is not None:
            builder.start(name, attributes)
            depth += 1

    def end(name: str) -> None:
        nonlocal builder, depth
        if builder is not None:
            builder.end(name)
            depth -= 1
            if not depth:
                found.append((first, builder.close()))
                builder = None

    def data(text: str) -> None:
        if builder is not None:
            builder.data(text)

    def other(text: str) -> None:
        # A file that names a DTD may use the DTD's entities: expat passes over what it cannot expand.
        if text.startswith("&"):
            refuse(f"uses the entity {text}, which is not expanded")

    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, data
    parser.CommentHandler = parser.ProcessingInstructionHandler = _pass_over
    parser.EntityDeclHandler = lambda *_: refuse("defines entities of its own, which are not expanded")
    parser.DefaultHandler = other
    try:
        with open(file, "rb") as stream:
            empty, any_found = True, False
            while chunk := stream.read(_CHUNK):
                empty = empty and not chunk.removeprefix(b"\xef\xbb\xbf").strip()
                parser.Parse(chunk, False)
                any_found = any_found or bool(found)
                yield from found
                found.clear()
            if empty:
                raise InputError(f"{file}: the file is empty; fetch it again")
            parser.Parse(b"", True)
            if not any_found:
                raise InputError(f"{file}: holds no {' or '.join(f'<{name}>' for name in names)}; fetch it again")
    except expat.ExpatError as error:
        refuse(f"not well-formed XML ({expat.ErrorString(error.code)})")
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}); check the path and its permissions") from None
    except InputError:
        raise
    except (LookupError, ValueError) as error:
        refuse(f"is in an encoding that cannot be read ({error})")


def _pass_over(*_: str) -> None: ...


def inline(element: Element, *without: str) -> tuple[str, list[tuple[Element, int, int]]]:
    """The text of an element with inline mark-up, and each inner element with its [start, end) in that text.

    The inner elements come in the order of their start tags. What lies in those named in `without` belongs
    neither to the text nor to the list.
    """
    pieces: list[str] = []
    spans: list[tuple[Element, int, int]] = []
    at = 0

    def take(piece: str | None) -> None:
        nonlocal at
        if piece:
            pieces.append(piece)
            at += len(piece)

    def walk(outer: Element) -> None:
        take(outer.text)
        for inner in outer:
            if inner.tag not in without:
                place, start = len(spans), at
                spans.append((inner, start, start))
                walk(inner)
                spans[place] = (inner, start, at)
            take(inner.tail)

    walk(element)
    return "".join(pieces), spans
