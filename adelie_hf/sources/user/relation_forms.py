"""Rows with relations as one value, in the forms of SpERT, CoType, CasRel, DyGIE++, DocRED, TACRED and OpenNRE.

`FORMS` has the keys by which a row of each is recognised, and the function that reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from adelie_hf.records import Event, Mention, Relation
from adelie_hf.sources.readers.drop_reasons import ABSENT, OTHER_WORDS, RELATION_LACKS_MENTION
from adelie_hf.sources.readers.dygie import read_sentences
from adelie_hf.sources.readers.offsets import DocumentText, is_absent, locate_surface
from adelie_hf.sources.readers.opennre import read_head_and_tail
from adelie_hf.sources.readers.raw_values import item_at, string_list
from adelie_hf.sources.readers.relation_rows import NO_RELATION, NONE, read_cotype, read_spert, read_tacred
from adelie_hf.sources.source import Noted
from adelie_hf.sources.user.annotated import Annotated
from adelie_hf.sources.user.row_forms import Row, as_is, document_name, form, position

CLUSTERS = Noted("documents with coreference clusters, which are not read")
NO_RELATIONS = (NO_RELATION, NONE, "NA")  # labels of pairs without a relation

# ---- sentences ------------------------------------------------------------------------------------


def _spert(row: Row) -> Iterator[Annotated]:
    found = read_spert(row, as_is, as_is)  # type: ignore[arg-type]  # it checks the values
    yield Annotated(found.text, ("ner", "re"), found.mentions, found.relations)


def _cotype(row: Row) -> Iterator[Annotated]:
    text, entities, triples = read_cotype(row)  # type: ignore[arg-type]
    tasks = ("ner", "re") if "entityMentions" in row else ("re",)
    yield _located(text, tasks, entities, triples)


def _casrel(row: Row) -> Iterator[Annotated]:
    triples = [(head, label, tail) for head, label, tail in map(string_list, row["triple_list"])]
    yield _located(row["text"], ("re",), [], triples)


def _located(
    text: str, tasks: tuple[str, ...], entities: list[tuple[str, str]], triples: list[tuple[str, str, str]]
) -> Annotated:
    """Return a text whose mentions are given by their surfaces, with a place where that is certain.

    A mention that the text does not have, since its accents differ, for example, is left out with its relations.
    """
    mentions = [locate_surface(text, surface, label) for surface, label in dict.fromkeys(entities)]
    by_surface = {surface: list(found) for surface, found in groupby(sorted(mentions, key=_surface), _surface)}

    def end(surface: str) -> Mention:
        """Return the mention with a surface; one without a type where none is an entity, or several are."""
        found = by_surface.get(surface, [])
        return found[0] if len(found) == 1 else locate_surface(text, surface)

    relations = [Relation(end(head), label, end(tail)) for head, label, tail in triples if label not in NO_RELATIONS]
    if "ner" not in tasks:
        mentions = [end(surface) for head, _, tail in triples for surface in (head, tail)]
    absent = [mention for mention in dict.fromkeys(mentions) if is_absent(text, mention)]
    kept = [each for each in relations if not (is_absent(text, each.head) or is_absent(text, each.tail))]
    return Annotated(
        text,
        tasks,
        tuple(mention for mention in mentions if mention not in absent),
        tuple(kept),
        dropped=(*[ABSENT] * len(absent), *[RELATION_LACKS_MENTION] * (len(relations) - len(kept))),
    )


def _surface(mention: Mention) -> str:
    return mention.text


# ---- documents ------------------------------------------------------------------------------------


def _dygie(row: Row) -> Iterator[Annotated]:
    fields = {"ner": "ner", "relations": "re", "events": "ee"}
    tasks = tuple(task for field, task in fields.items() if field in row)
    ner, relations, events = (row.get(field) for field in fields)
    remarks = (CLUSTERS,) if row.get("clusters") else ()
    for index, sentence in enumerate(read_sentences(row["sentences"], ner, relations, events, as_is, as_is)):
        yield Annotated(
            sentence.text,
            tasks,
            tuple(sentence.mentions),
            tuple(sentence.relations),
            tuple(Event(trigger, label, tuple(arguments)) for trigger, label, arguments in sentence.events),
            group=document_name(row["doc_key"]),
            part=f"{index}",
            remarks=remarks if index == 0 else (),
        )


def _docred(row: Row) -> Iterator[Annotated]:
    text = DocumentText(row["sents"])
    dropped: list[str] = []
    entities: list[list[Mention]] = []
    for vertex in row["vertexSet"]:
        mentions = [_vertex_mention(text, raw) for raw in vertex]
        dropped += [OTHER_WORDS] * mentions.count(None)
        entities.append(sorted(filter(None, mentions), key=lambda mention: mention.fragments))
    relations = []
    for label in row.get("labels", ()):
        head, tail = item_at(entities, position(label["h"])), item_at(entities, position(label["t"]))
        if head and tail:
            relations.append(Relation(head[0], label["r"], tail[0]))
        else:
            dropped.append(RELATION_LACKS_MENTION)
    yield Annotated(
        text.text,
        ("ner", "re") if "labels" in row else ("ner",),
        tuple(mention for mentions in entities for mention in mentions),
        tuple(relations),
        group=document_name(row["title"]) if "title" in row else "",
        dropped=tuple(dropped),
    )


def _vertex_mention(text: DocumentText, raw: Row) -> Mention | None:
    """Return a mention of an entity; None if the text at its tokens is not its name, whatever the white space."""
    start, end = raw["pos"]
    mention = text.mention_in_sentence(position(raw["sent_id"]), position(start), position(end), raw["type"])
    return mention if "".join(mention.text.split()) == "".join(raw["name"].split()) else None


# ---- pairs ----------------------------------------------------------------------------------------


def _tacred(row: Row) -> Iterator[Annotated]:
    types = (row.get(f"{side}_type") or "" for side in ("subj", "obj"))
    yield _pair(*read_tacred(row, *types), row["relation"], row.get("docid"))  # type: ignore[arg-type]


def _opennre(row: Row) -> Iterator[Annotated]:
    yield _pair(*read_head_and_tail(row), row["relation"], None)  # type: ignore[arg-type]


def _pair(text: str, head: Mention, tail: Mention, label: str, document: object) -> Annotated:
    relations = () if label in NO_RELATIONS else (Relation(head, label, tail),)
    group = "" if document is None else document_name(document)
    return Annotated(text, ("rc",), (head, tail), relations, pairs=((head, tail),), group=group)


FORMS = (
    form("SpERT", "tokens entities relations", _spert),
    form("CoType", "sentText relationMentions", _cotype),
    form("CasRel", "text triple_list", _casrel),
    form("DyGIE++", "doc_key sentences", _dygie, one_of="ner relations events clusters dataset"),
    form("DocRED", "vertexSet sents", _docred),
    form("TACRED", "token subj_start subj_end obj_start obj_end relation", _tacred),
    form("OpenNRE", "token h t relation", _opennre),
)
