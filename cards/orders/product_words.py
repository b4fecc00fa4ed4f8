"""The words of `product_text`: what stands beside a product that is ordered, or is not."""

# What stands before a name that is not what is ordered: it is gone, or another thing is meant.
INSTEAD = (
    "instead of", "rather than", "in place of", "avoid", "avoiding", "allergy to",
    "allergic to", "allergy", "sensitivity to", "reaction to", "similar to", "equivalent to",
    "comparable to", "unlike", "other than", "except", "do not use", "don't use", "not to use",
    "no need for", "declines", "refuses", "against", "contraindication to",
    "not a candidate for", "not for", "cancel", "cancelled", "canceled", "defer", "deferred",
    "postpone", "postponed", "contraindicated", "denied", "discontinue", "discontinued",
)  # fmt: skip
INSTEAD_BEHIND = (
    "not available", "unavailable", "declined", "refused", "not to be used", "not used",
    "cancelled", "canceled", "not needed", "not required", "not approved", "on backorder",
    "not wanted", "discontinued", "not ordered",
)  # fmt: skip
# The same, before a colon; behind the name, where nothing else is what waits; as its first word.
LABELS = (
    r"allerg\w+|contraindicat\w+|cancell?ed|deferred|postponed|denied|on hold|hold|avoid|declined"
    r"|refused"
)
GIVEN_UP = (
    r"on hold|hold|held|deferred|postponed|denied|contraindicated|discontinued"
    r"|cancell?ed|no longer (?:wanted|needed|required|indicated|planned|desired)"
    r"|not (?:recommended|indicated|advised|desired|appropriate|authori[sz]ed|planned)"
)
WAITING = ("hold", "holding")
PAST = (
    "after", "following", "post", "failed", "tried", "had", "received", "underwent", "s/p",
    "sp", "removal of", "remove", "removing", "explant", "explanted", "evaluate", "assess",
    "assessment of", "follow up", "surveillance", "integrity of", "incorporation of",
    "healing of", "revision of", "complication of", "infected", "failure of", "existing", "old",
    "earlier", "prior", "asked about", "asks about", "interested in", "discussed", "discuss",
    "education", "information", "read about", "inquired about", "counseled", "counselling",
    "counseling", "counsel", "counsels", "questions about", "relief from", "risks of",
    "benefits of", "risks and benefits of", "considering", "contemplating", "thinking about",
    "candidate for", "candidacy for", "curious about", "wants to know about", "before",
    "ahead of", "clearance for", "pre op for",
)  # fmt: skip
PAST_BEHIND = (
    "years ago", "year ago", "months ago", "weeks ago", "last year", "last month", "placed in",
    "was placed", "was used", "were used", "used in", "used at", "implanted in",
    "was implanted", "without relief", "did not help", "no relief",
    "brochure", "education", "handout", "was done", "were done", "was given", "was performed",
)  # fmt: skip
OPEN_BEHIND = ("vs", "versus", "or", "if", "when", "unless", "pending", "tbd")
AS_GOOD = (
    "or equivalent", "or similar", "or comparable", "or bone", "or marrow", "or blood", "or bma",
    "or autologous", "or autogenous",
)  # fmt: skip
# Before a name that is an ordinary word too: a verb, or the place of a noun.
VERB_BEFORE = frozenset((
    "to", "will", "would", "may", "might", "can", "could", "should", "help", "helps", "must",
    "and", "not",
))  # fmt: skip
VERB_BEHIND = frozenset((
    "the", "a", "an", "his", "her", "their", "new", "healing", "growth", "muscle", "activation",
    "interest", "patient",
))  # fmt: skip
NOUN_BEFORE = frozenset((
    "with", "using", "use", "of", "plus", "apply", "implant", "pack", "add", "place", "inject",
    "injectable", "wright", "supply", "product", "graft", "allograft",
))  # fmt: skip
FORMS = frozenset((
    "putty", "graft", "dbm", "injectable", "allograft", "substitute", "filler", "kit", "strip",
    "strips", "sponge", "power", "mix", "matrix", "wright", "bone", "medical", "stimulus",
    "rti", "implant", "chips", "cellular", "allogeneic",
))  # fmt: skip
GROWTH = frozenset((
    "healing", "growth", "formation", "regeneration", "repair", "remodeling",
))  # fmt: skip
# What a graft is ordered with: beside one of these, a name that has other meanings is a graft's.
SURGERY = frozenset((
    "graft", "grafts", "allograft", "allografts", "bone", "bony", "dbm", "putty", "matrix",
    "demineralized", "demineralised", "cancellous", "chips", "cubes", "filler", "void", "foam",
    "scaffold", "osteoconductive", "osteoinductive", "substitute", "granules", "sponge", "collagen",
    "fusion", "fusions", "arthrodesis", "spine", "spinal", "lumbar", "cervical", "interbody",
    "posterolateral", "plf", "tlif", "plif", "alif", "xlif", "acdf", "laminectomy", "osteotomy",
    "nonunion", "pseudarthrosis", "fill", "pack", "packed", "cage", "implant", "orthofix",
    "nuvasive", "stryker", "synthes", "depuy", "integra", "rti", "allosource", "wright",
    "seaspine", "isotis", "pioneer", "biologic", "biologics", "cc",
))  # fmt: skip
# Behind such a name, these say that it is something else.
NOT_GRAFTS = frozenset((
    "program", "programme", "clinic", "class", "course", "panel", "assay", "kinase", "gene",
    "mutation", "inhibitor", "brace", "splint", "cast", "sleeve", "orthosis", "eeg", "ecg", "ekg",
    "diet", "weight", "team", "study", "app", "mapping", "test", "level", "levels", "goal",
    "excision", "aspiration", "ultrasound", "duplex", "sequencing", "infusion", "tablet", "tablets",
    "capsule", "therapy", "health", "church", "college", "hospital", "rehab", "exercise",
))  # fmt: skip
# Products and words of their own, one letter from a name.
LOOKALIKES = frozenset((
    "orthoplast", "allostim", "osteocele", "dynacast", "dynacraft", "format", "formal",
))  # fmt: skip
