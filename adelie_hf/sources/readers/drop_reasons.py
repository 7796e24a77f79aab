"""Reasons of `Dropped` that several readers share."""

OTHER_WORDS = "the text at the offsets of a span differs from the recorded words"
ABSENT = "a mention is not in the text"
UNKNOWN_ROLE = "an argument has a role that its event type does not have"
OUTSIDE_SENTENCE = "a span crosses sentences or lies outside of the text"
RELATION_LACKS_MENTION = "a relation has a mention that was dropped"
RELATION_CROSSES_SENTENCES = "a relation crosses sentences"
EVENT_LACKS_TRIGGER = "an event has a trigger that was dropped"
ARGUMENT_LACKS_MENTION = "an argument has a mention that was dropped"
ARGUMENT_IN_OTHER_SENTENCE = "an argument is in another sentence than its trigger"

# Those of `sentences.RecordBuilder`, for documents in which only events are annotated.
EVENTS_BY_SENTENCE = (
    OUTSIDE_SENTENCE,
    OTHER_WORDS,
    EVENT_LACKS_TRIGGER,
    ARGUMENT_LACKS_MENTION,
    ARGUMENT_IN_OTHER_SENTENCE,
)
