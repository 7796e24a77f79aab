"""Names, patterns and schemas of the sample corpus. All are invented for it; none is from a data set.

A pattern is a text with slots; `generate.Writer.fill` describes their syntax.
"""

from __future__ import annotations

# Share of each list of names, at its end, that is absent from training texts: scores can then distinguish names that
# a model has seen from names that it must copy.
UNSEEN = 0.2

NAMES = {
    "person": (
        "Ada Brenn; Tomas Veld; Mira Okoro; Lena Hark; Juno Pell; Oskar Dray; Nadia Quill; Piet Sorrel; Vera "
        "Lindt; Hugo Marsh"
    ),
    "company": (
        "Norvik Steel; Tallgrass Foods; Bluefin Air; Corvane; Lumen Rail; Harrow Bank; Ostra Mining; Pinedale "
        "Paper; Quantel; Redmoor Oil"
    ),
    "place": ("Arvendale; Brixholm; Castor Bay; Dunmere; Eastlake; Fenwick; Galdor; Hazelport; Inverby; Jorvale"),
    "book": (
        "The Silent Mill; Amber Tide; Nine Lanterns; Paper Moons; The Long Orchard; Glass Harbour; A Winter Ledger"
    ),
    "day": ("Monday; Tuesday; Wednesday; Thursday; Friday; Saturday; Sunday; last spring"),
    "dish": ("noodles; fried squid; lentil soup; pancakes; fish tacos; dumplings; beet salad"),
    "cuisine": ("korean; french; ethiopian; thai; mexican; greek; turkish"),
    "amenity": ("live music; free wifi; takeout; valet parking; a fireplace; a rooftop bar"),
    "hours": ("open late; before noon; at dawn; until ten; after midnight; on sundays"),
    "price": ("cheap; expensive; moderate; low cost; high end; mid range"),
    "rating": ("four star; decent; highly rated; top rated; best loved; well reviewed"),
    "location": ("downtown; uptown; in chinatown; near the harbor; around here; by the station"),
    "restaurant": (
        "the blue door; casa luna; golden wok; mama rosa; the rusty anchor; pho corner; cafe merle; sakura garden"
    ),
    "method": (
        "graph parser; beam decoder; tree kernel; sparse encoder; hidden chain model; ranking network; lattice search"
    ),
    "task": (
        "dialect tagging; scene parsing; speech cleanup; query rewriting; face tracking; word alignment; text pruning"
    ),
    "material": (
        "radio transcripts; street photos; weather logs; court minutes; travel diaries; product manuals; harbour maps"
    ),
    "metric": (
        "edge recall; label accuracy; word error rate; rank loss; frame precision; pixel overlap; token recall"
    ),
    "term": ("long sentences; noisy labels; rare words; hidden states; local cues; phrase order; shared weights"),
    "drug": ("veltoprin; camorex; dralizine; fenaxol; ibrutam; lorvidone; metozan; nicaril"),
    "effect": (
        "severe rash; blurred vision; dry cough; night sweats; joint pain; hair loss; chest tightness; kidney failure"
    ),
    "disease": ("chronic gout; marsh fever; lupus; asthma; river blindness; migraine; anemia"),
    "patient": (
        "a young woman; an elderly man; a teenage boy; a nurse; two infants; a retired miner; a pregnant teacher"
    ),
    "item": ("maps; tents; lamps; engines; boots; seeds; timber"),
    "happening": ("strike; flood; parade; election; blackout; auction; festival; landslide; trial; boycott"),
}

OPENINGS = (
    "",
    "",
    "",
    "Last week ,",
    "According to the report ,",
    "In the end ,",
    "As expected ,",
    "To general surprise ,",
    "Later that year ,",
    "Meanwhile ,",
    "Soon after ,",
    "By all accounts ,",
)

# Sentences with nothing to extract, for all tasks that have such texts.
NOTHING = (
    "The sky over the valley stayed grey .",
    "Nobody in the room said anything useful .",
    "It is hard to say more at this point .",
    "The weather was mild and the roads were dry .",
    "Most readers will know this already .",
    "There is little else to add here .",
    "The lights in the hall were soft and warm .",
    "Everything looked the same as before .",
    "The answer depends on many small things .",
    "Such days are rare at this time of year .",
    "The table by the window was old .",
    "Few people walk here in the evening .",
)

# ED and EAE: event type -> (trigger words, patterns). A slot is {role:list}; {!} is the trigger.
EVENTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Hiring": (
        ("hired", "recruited", "appointed", "employed"),
        (
            "{employer:company} {!} {employee:person} {time:day} .",
            "{employee:person} was {!} by {employer:company} in {place:place} .",
        ),
    ),
    "Firing": (
        ("fired", "dismissed", "sacked"),
        (
            "{employer:company} {!} {employee:person} {time:day} .",
            "{employee:person} was {!} by {employer:company} in {place:place} .",
        ),
    ),
    "Travel": (
        ("travelled", "sailed", "drove", "flew"),
        (
            "{traveller:person} {!} from {origin:place} to {destination:place} .",
            "{traveller:person} {!} to {destination:place} {time:day} .",
        ),
    ),
    "Sale": (
        ("sold", "auctioned", "traded"),
        (
            "{seller:company} {!} {goods:item} to {buyer:company} .",
            "{seller:person} {!} {goods:item} in {place:place} {time:day} .",
        ),
    ),
    "Attack": (
        ("raided", "bombed", "stormed", "shelled"),
        ("Rebels {!} {place:place} {time:day} .", "Gunmen from {origin:place} {!} the offices of {target:company} ."),
    ),
    "Meeting": (
        ("met", "visited", "greeted"),
        (
            "{participant:person} {!} {participant:person} in {place:place} .",
            "{participant:person} {!} the head of {participant:company} {time:day} .",
        ),
    ),
    "Founding": (
        ("founded", "launched", "opened"),
        (
            "{founder:person} {!} {organization:company} in {place:place} .",
            "{founder:company} {!} a branch in {place:place} {time:day} .",
        ),
    ),
    "Theft": (
        ("stole", "smuggled", "looted"),
        (
            "{thief:person} {!} {goods:item} from {victim:company} .",
            "Thieves {!} {goods:item} in {place:place} {time:day} .",
        ),
    ),
}

# RC: relation -> (identifier, definition, patterns with the head {h:list} and the tail {t:list}).
RELATIONS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "employer": (
        "S1",
        "the organization that the head works for",
        (
            "{h:person} works for {t:company} in {place} .",
            "{t:company} pays {h:person} well .",
            "{h:person} is an engineer at {t:company} .",
        ),
    ),
    "founded by": (
        "S2",
        "the person who founded the head",
        (
            "{h:company} was started by {t:person} {day} .",
            "{t:person} founded {h:company} in {place} .",
            "{t:person} is the founder of {h:company} .",
        ),
    ),
    "headquarters": (
        "S3",
        "the place where the head has its main office",
        (
            "{h:company} has its main office in {t:place} .",
            "{t:place} is the seat of {h:company} .",
            "{h:company} is based in {t:place} and led by {person} .",
        ),
    ),
    "place of birth": (
        "S4",
        "the place where the head was born",
        (
            "{h:person} was born in {t:place} .",
            "{h:person} , a native of {t:place} , joined {company} .",
            "{t:place} is the birthplace of {h:person} .",
        ),
    ),
    "author": (
        "S5",
        "the person who wrote the head",
        (
            "{t:person} wrote {h:book} in {place} .",
            "{h:book} is a novel by {t:person} .",
            "{h:book} was written by {t:person} {day} .",
        ),
    ),
    "spouse": (
        "S6",
        "the person whom the head is married to",
        (
            "{h:person} is married to {t:person} .",
            "{h:person} and her husband {t:person} live in {place} .",
            "{t:person} is the wife of {h:person} .",
        ),
    ),
    "owned by": (
        "S7",
        "the organization that owns the head",
        (
            "{h:company} belongs to {t:company} .",
            "{t:company} owns {h:company} .",
            "{h:company} is a unit of {t:company} in {place} .",
        ),
    ),
    "twin town": (
        "S8",
        "the place that the head has a partnership with",
        (
            "{h:place} is twinned with {t:place} .",
            "{h:place} and {t:place} are sister towns .",
            "{h:place} signed a partnership with {t:place} {day} .",
        ),
    ),
}

# NER and RE: patterns with {key:list}, and the relations between keys as (head, relation, tail).
SCIENCE: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    ("We apply a {a:method} to {b:task} .", (("a", "USED-FOR", "b"),)),
    ("The {a:method} is trained on {b:material} .", (("b", "USED-FOR", "a"),)),
    ("We measure {a:task} by {b:metric} .", (("b", "EVALUATE-FOR", "a"),)),
    ("The {a:method} beats the {b:method} on {c:material} .", (("a", "COMPARE", "b"),)),
    (
        "{a:term} and {b:term} are common in {c:material} .",
        (("a", "CONJUNCTION", "b"), ("a", "FEATURE-OF", "c"), ("b", "FEATURE-OF", "c")),
    ),
    ("The {a:method} is a kind of {b:method} .", (("a", "HYPONYM-OF", "b"),)),
    ("A {a:method} is one part of our {b:method} .", (("a", "PART-OF", "b"),)),
    ("The {a:method} handles {b:term} in {c:task} .", (("a", "USED-FOR", "b"), ("a", "USED-FOR", "c"))),
    (
        "We use a {a:method} and a {b:method} for {c:task} .",
        (("a", "CONJUNCTION", "b"), ("a", "USED-FOR", "c"), ("b", "USED-FOR", "c")),
    ),
    ("Our {n:{m:task} system} is slow .", ()),
    ("The {n:{m:task} system} needs a {a:method} .", (("a", "USED-FOR", "n"),)),
    ("We report {a:metric} for the {b:method} .", (("a", "EVALUATE-FOR", "b"),)),
    ("The {a:method} is fast , and the {=a} is small .", ()),
)
SCIENCE_TYPES = {  # list of names -> entity type
    "method": "Method",
    "task": "Task",
    "material": "Material",
    "metric": "Metric",
    "term": "OtherScientificTerm",
}

# NER: queries about restaurants.
QUERIES = (
    "where can i get {dish} {location}",
    "find a {price} {cuisine} place {location}",
    "is {restaurant} {hours}",
    "show me a {rating} place with {amenity}",
    "does {restaurant} have {amenity}",
    "i want {cuisine} food {hours}",
    "who serves {dish} and {dish} {location}",
    "how far is {restaurant}",
    "book a table at {restaurant} for two",
    "any {price} spots for {dish}",
    "a {rating} {cuisine} restaurant {location}",
    "we need {amenity} and {dish} {hours}",
    "does {restaurant} serve {dish}",
    "which {cuisine} restaurant is {price}",
    "{dish} with {amenity} {location}",
)
QUERY_LABELS = {  # list of names -> entity type
    "dish": "Dish",
    "cuisine": "Cuisine",
    "amenity": "Amenity",
    "hours": "Hours",
    "price": "Price",
    "rating": "Rating",
    "location": "Location",
    "restaurant": "Restaurant_Name",
}
# Queries with nothing to extract; two are joined.
NO_QUERY = (
    "i am hungry",
    "what should we eat tonight",
    "can you help me",
    "start a new search please",
    "thank you that is all",
    "go back to the list",
    "tell me more about this one",
    "no not that one",
    "which one do you like",
    "read the first one again",
    "call them for me",
    "is it busy right now",
)

# EE: (event type, trigger words, pattern).
CASES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (
        "Adverse_event",
        ("developed", "reported", "suffered", "noticed"),
        "{Subject:patient} {!} {Effect:effect} after {Treatment:drug} .",
    ),
    (
        "Adverse_event",
        ("induced", "caused", "triggered", "provoked"),
        "{Treatment:drug} {!} {Effect:effect} in {Subject:patient} .",
    ),
    ("Adverse_event", ("associated", "linked", "seen"), "{Effect:effect} was {!} with {Treatment:drug} ."),
    (
        "Adverse_event",
        ("following", "after", "upon"),
        "We saw {Effect:effect} {!} {Treatment:{Drug:drug} and {Drug:drug}} .",
    ),
    (
        "Potential_therapeutic_event",
        ("treated", "relieved", "cured"),
        "{Subject:patient} with {Disorder:disease} was {!} with {Treatment:drug} .",
    ),
    (
        "Potential_therapeutic_event",
        ("improved", "recovered", "healed"),
        "{Subject:patient} {!} on {Treatment:drug} .",
    ),
    (
        "Potential_therapeutic_event",
        ("received", "took", "tried"),
        "{Subject:patient} {!} {Treatment:{Drug:drug} for {Disorder:disease}} .",
    ),
)

# ERE: patterns with the events {a} and {b}, and their relation as MAVEN-ERE annotates it (relation, first, second).
ORDERS: tuple[tuple[str, tuple[str, str, str] | None], ...] = (
    ("The {a} came before the {b} .", ("BEFORE", "a", "b")),
    ("The {b} took place after the {a} .", ("BEFORE", "a", "b")),
    ("The {a} was over when the {b} started .", ("BEFORE", "a", "b")),
    ("The {a} and the {b} happened at the same time .", ("SIMULTANEOUS", "a", "b")),
    ("There was a {b} during the {a} .", ("CONTAINS", "a", "b")),
    ("The {a} caused the {b} .", ("CAUSE", "a", "b")),
    ("The {b} was the result of the {a} .", ("CAUSE", "a", "b")),
    ("Without the {a} there would be no {b} .", ("PRECONDITION", "a", "b")),
    ("The {b} was one part of the {a} .", ("SUBEVENT", "a", "b")),
    ("The {a} began with a {b} .", ("BEGINS-ON", "a", "b")),
    ("The {a} drew a crowd . That {b} was loud .", ("COREFERENCE", "a", "b")),
    ("The {a} was far from the {b} .", None),
    ("People still talk about the {a} and the {b} .", None),
)

# Open IE: patterns, and their extractions: the predicate, then the arguments, with {key} for the name in a slot.
STATEMENTS: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = (
    ("{p:person} owns {c:company} .", (("owns", "{p}", "{c}"),)),
    ("{p:person} visited {a:place} {d:day} .", (("visited", "{p}", "{a}", "{d}"),)),
    ("{c:company} sells {i:item} in {a:place} .", (("sells", "{c}", "{i}", "in {a}"),)),
    ("{p:person} wrote {b:book} and admires {q:person} .", (("wrote", "{p}", "{b}"), ("admires", "{p}", "{q}"))),
    ("{p:person} , who lives in {a:place} , runs {c:company} .", (("lives in", "{p}", "{a}"), ("runs", "{p}", "{c}"))),
    ("{c:company} bought {e:company} {d:day} .", (("bought", "{c}", "{e}", "{d}"),)),
    ("{a:place} lies between {x:place} and {y:place} .", (("lies between", "{a}", "{x} and {y}"),)),
    ("{c:company} ships {i:item} and {j:item} .", (("ships", "{c}", "{i}"), ("ships", "{c}", "{j}"))),
)

# On-demand IE: (request, header, pattern of the sentence of a row, list of names of each column).
REQUESTS: tuple[tuple[str, tuple[str, ...], str, tuple[str, ...]], ...] = (
    ("List the buyers and what they bought .", ("buyer", "item"), "{company} bought {item} .", ("company", "item")),
    (
        "Which people live where ? Make a table .",
        ("person", "home"),
        "{person} lives in {place} .",
        ("person", "place"),
    ),
    (
        "Make a table of drugs and the harm they did .",
        ("drug", "harm"),
        "{drug} caused {effect} .",
        ("drug", "effect"),
    ),
    (
        "Show who wrote which book and when .",
        ("author", "book", "date"),
        "{person} wrote {book} {day} .",
        ("person", "book", "day"),
    ),
    (
        "I need the firms with their towns and chiefs .",
        ("firm", "town", "chief"),
        "{company} in {place} is led by {person} .",
        ("company", "place", "person"),
    ),
    (
        "Tabulate the dishes and their kitchens .",
        ("dish", "kitchen"),
        "{dish} is {cuisine} food .",
        ("dish", "cuisine"),
    ),
)
