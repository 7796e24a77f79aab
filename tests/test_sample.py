"""The embedded corpus is its generator's output."""

from __future__ import annotations

from adelie_hf.ieinstruct import SAMPLE
from adelie_hf.records import Record
from adelie_hf.sample.generate import generate
from adelie_hf.sources import Dropped, find_sources, read_split


def test_the_generator_gives_the_files_that_are_kept(tmp_path):
    generate(tmp_path)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    kept = {path.relative_to(SAMPLE): path.read_bytes() for path in SAMPLE.rglob("*") if path.is_file()}
    assert made == kept


def test_every_record_is_read():
    for found in find_sources(SAMPLE).values():
        for split in found.splits.values():
            assert not [item for item in read_split(split) if isinstance(item, Dropped)]


def test_it_has_nested_and_repeated_mentions_and_texts_with_nothing_to_extract():
    found = find_sources(SAMPLE, ("scierc",))["scierc"]
    results = read_split(found.splits["train"])
    records = [result for result in results if isinstance(result, Record)]
    spans = [[mention.fragments[0] for mention in record.mentions] for record in records]
    assert any(a != b and a[0] <= b[0] and b[1] <= a[1] for of_text in spans for a in of_text for b in of_text)
    assert any(len({m.text for m in record.mentions}) < len(record.mentions) for record in records)
    assert any(not record.mentions for record in records)
