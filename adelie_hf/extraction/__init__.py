"""Extraction: texts and a schema in, typed items with their places in the text out.

- `Extractor` asks a model; its results are `Result`, `FoundItem` and `FoundMention`. `to_pandas` makes a data frame of
  them; a `Result` has `to_brat`, `to_record` and `to_spacy`.
- `result_page` shows results as one page of HTML, `Extractor.show` in a notebook.
- `ExtractionSchema` says what to extract. `entity_schema` and its like make one, `load_schema` reads one from a YAML
  file and `read_schema` from its text, `schema_of` has those of data sets.
"""

from adelie_hf.extraction.examples import ExampleOptions
from adelie_hf.extraction.exports import to_pandas
from adelie_hf.extraction.extractor import Extractor
from adelie_hf.extraction.found import FoundItem, FoundMention
from adelie_hf.extraction.page import result_frame, result_page
from adelie_hf.extraction.results import Result
from adelie_hf.extraction.schema import (
    ExtractionSchema,
    entity_schema,
    event_schema,
    load_schema,
    read_schema,
    relation_schema,
    schema_of,
    table_schema,
    triple_schema,
)

__all__ = [
    "ExampleOptions",
    "ExtractionSchema",
    "Extractor",
    "FoundItem",
    "FoundMention",
    "Result",
    "entity_schema",
    "event_schema",
    "load_schema",
    "read_schema",
    "relation_schema",
    "result_frame",
    "result_page",
    "schema_of",
    "table_schema",
    "to_pandas",
    "triple_schema",
]
