"""XML read incrementally. Entities, external or declared in the document, are refused and never expanded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from adelie_hf.errors import InputError

_CHUNK_SIZE = 1 << 16  # bytes


def read_elements(file: Path, *names: str) -> Iterator[tuple[int, Element]]:
    """Yield the elements with one of these names, each with the number of its first line.

    Of nested elements the outermost is yielded. All other content is discarded, so memory depends on the largest
    element, not on the file.

    Args:
        file: the XML file.
        names: names of elements.

    Raises:
        InputError: with file and line, for XML that is not well-formed, declares entities, or has text with entities
            other than the five of XML itself (in attributes of a file with a DTD, expat ignores these); for a file
            that has no such element, is empty or cannot be opened.
    """
    reader = _ElementReader(file, names)
    is_empty, has_elements = True, False
    try:
        with open(file, "rb") as stream:
            while chunk := stream.read(_CHUNK_SIZE):
                is_empty = is_empty and not chunk.removeprefix(b"\xef\xbb\xbf").strip()
                elements = reader.feed(chunk)
                has_elements = has_elements or bool(elements)
                yield from elements
            if is_empty:
                raise InputError(f"{file}: the file is empty; download it again")
            reader.close()
            if not has_elements:
                tags = " or ".join(f"<{name}>" for name in names)
                raise InputError(f"{file}: does not contain {tags}; download it again")
    except expat.ExpatError as error:
        reader.refuse(f"not well-formed XML ({expat.ErrorString(error.code)})")
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}); check the path and its permissions") from None
    except InputError:
        raise
    except (LookupError, ValueError) as error:
        reader.refuse(f"is in an encoding that cannot be read ({error})")


class _ElementReader:
    """Collects the elements with certain names from the events of an expat parser.

    ElementTree's `iterparse` neither gives line numbers nor can refuse entity declarations.
    """

    def __init__(self, file: Path, names: tuple[str, ...]) -> None:
        self._file = file
        self._names = names
        self._elements: list[tuple[int, Element]] = []
        self._builder: TreeBuilder | None = None  # of the element that is open
        self._first_line = 0  # of the open element
        self._depth = 0  # of nested elements in the open element
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        # Without a handler, text outside of the elements would be passed to the default handler.
        self._parser.CharacterDataHandler = _ignore
        self._parser.CommentHandler = self._parser.ProcessingInstructionHandler = _ignore
        self._parser.EntityDeclHandler = self._entity_declaration
        self._parser.DefaultHandler = self._other

    def feed(self, chunk: bytes) -> list[tuple[int, Element]]:
        """Parse a part of the file; return the elements that end in it, with the numbers of their first lines."""
        self._elements = []
        self._parser.Parse(chunk, False)
        return self._elements

    def close(self) -> None:
        """Finish parsing. Raises ExpatError if the document is incomplete."""
        self._parser.Parse(b"", True)

    def refuse(self, problem: str) -> NoReturn:
        """Raise InputError for the current line."""
        raise InputError(
            f"{self._file}:{self._parser.CurrentLineNumber}: {problem}; fix it or download the file again"
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._builder is None:
            if name not in self._names:
                return
            self._builder = TreeBuilder()
            self._first_line = self._parser.CurrentLineNumber
            self._parser.CharacterDataHandler = self._builder.data
        self._builder.start(name, attributes)
        self._depth += 1

    def _end(self, name: str) -> None:
        if self._builder is None:
            return
        self._builder.end(name)
        self._depth -= 1
        if self._depth == 0:
            self._elements.append((self._first_line, self._builder.close()))
            self._builder = None
            self._parser.CharacterDataHandler = _ignore

    def _entity_declaration(self, *_: object) -> None:
        self.refuse("declares entities, which are not expanded")

    def _other(self, text: str) -> None:
        # In a file with a DTD, expat reports entities of the DTD here instead of expanding them.
        if text.startswith("&"):
            self.refuse(f"uses the entity {text}, which is not expanded")


def _ignore(*_: str) -> None: ...


def inline_text(element: Element, *excluded: str) -> tuple[str, list[tuple[Element, int, int]]]:
    """Return the text of an element with inline mark-up, and its inner elements at offsets [start, end) of the text.

    Args:
        element: the element.
        excluded: names of inner elements to leave out with their content.

    Returns:
        The text, and the inner elements in the order of their start tags.
    """
    pieces: list[str] = []
    spans: list[tuple[Element, int, int]] = []
    _append_content(element, 0, excluded, pieces, spans)
    return "".join(pieces), spans


def _append_content(
    element: Element, start: int, excluded: tuple[str, ...], pieces: list[str], spans: list[tuple[Element, int, int]]
) -> int:
    """Append the content of an element, which begins at `start` in the text, and return the end of the content."""
    position = start
    if element.text:
        pieces.append(element.text)
        position += len(element.text)
    for inner in element:
        if inner.tag not in excluded:
            index, inner_start = len(spans), position
            spans.append((inner, inner_start, inner_start))
            position = _append_content(inner, inner_start, excluded, pieces, spans)
            spans[index] = (inner, inner_start, position)
        if inner.tail:
            pieces.append(inner.tail)
            position += len(inner.tail)
    return position
