"""The words of `material_text`: what may stand between a denial and the thing that it denies.

What may stand there is listed, and not what may not: a word that we do not know may be the very
thing that is denied, as in "no blood thinners" or "no cells counted".
"""


def _words(written: str) -> frozenset[str]:
    return frozenset(written.split())


NEGATORS = _words("""
    no non not without never neither nor cannot don't doesn't didn't won't isn't aren't shouldn't
    mustn't needn't avoid avoids avoiding lacks lacking
""")
# The same, before "of".
NEGATORS_OF = _words("free absence lack devoid depleted instead")
# "Not only mixed with blood", "no longer mixed".
NOT_NEGATING = _words("only just longer")
_HELPING = _words("""
    be been being is are was were to do does did will shall should must need needs needed have has
    having requires require required requiring necessary intended meant planned any a an the of
    it this that with in by into for from free either absence lack devoid depleted
""")
_CONTAINING = _words("""
    contain contains containing contained include includes including included hold holds use uses
    used using carry carries bear bears additional further extra added adding add
""")
_ADJECTIVES = _words("""
    autologous autogenous autologus patient's patients patient own fresh whole peripheral iliac
    crest human donor viable live living vital stem mesenchymal osteogenic progenitor bone marrow
    blood bma aspirate aspirated concentrate cells cell allogeneic his her local venous
""")
_JOINING = _words("and or nor plus")
# What may stand between a denial and what it denies, beside the verbs of combining.
TRANSPARENT = _HELPING | _CONTAINING | _ADJECTIVES | _JOINING
# What may stand before an item of a list; a verb begins another statement.
LISTING = _ADJECTIVES | _JOINING | _words("a an the any of either added extra additional")
# The same between "with" and what is mixed in.
QUALIFIERS = (_ADJECTIVES - {"bone", "marrow", "blood", "bma", "cells", "cell"}) | _words(
    "the a an some same then"
)
OWN = _words("autologous autogenous patient's patients patient own his her venous peripheral whole")

# What goes on naming the same thing.
SAME_THING = _words("""
    aspirate aspirates aspiration concentrate concentrates concentrated cells cell blood marrow bone
    bma stem mixture mixing mix admixture autologous autogenous peripheral content component
    components elements
""")
GRAFTS = _words("""
    graft grafts allograft allografts autograft dbm matrix substitute substitutes material materials
    product products filler chips putty paste granules sponge scaffold foam strip strips carrier
    ceramic bone void cubes fibers fibres implant phosphate hydroxyapatite tcp collagen extender
    construct mixture cage demineralized demineralised cancellous tricalcium calcium synthetic
    bioglass hydrogel gel pack block wedge fiber
""")
# Behind a name of cells, what has them: "stem cell allograft".
HOLDERS = GRAFTS | _words("containing based enriched seeded rich laden derived bearing therapy")

# A thing that is named is named in full where one of these follows; or nothing does.
_FUNCTION = _words("""
    and or nor of from in into on onto at by for to as per prior before after during then with
    within without is are was were be been will shall should must may can could might has have
    had if unless when while which that it its so only too also both not no plus via until
    intraoperatively preoperatively perioperatively today required needed necessary
""")
_DONE = _words("""
    added used mixed combined needed required necessary included present contained incorporated
    applied wanted desired planned intended involved mixing admixed
""")
AFTER_DENIED = _DONE | _words(
    "and or nor is are was will shall should must to be after remaining remain remains left per"
)
AFTER_NAMED = _FUNCTION | _DONE
# Denied behind it: "marrow is not added".
NOT_DONE = _DONE | _words("be been to being permitted allowed indicated necessary")
GONE = _words("absent excluded omitted avoided removed depleted lacking none negative free")

# The same word behind a name makes it another thing, however it was led to.
ELSEWHERE = _words("""
    thinner thinners loss transfusion transfusions product products bank count counts edema oedema
    involvement biopsy biopsies disease borne born stream pressure sugar type typing cross test
    tests culture cultures group glucose clot clots vessel vessels flow cancer infiltration lesion
    lesions signal suppression failure transplant transplants transplantation mobilization
    mobilisation donor donors donation registry work draw draws gas gases urea level levels
    conservation salvage warmer consent refusal available reserved crossmatched transplanted
    leukemia lymphoma myeloma patient recipient recipients
""")

COMBINING = _words("""
    mixed mix mixing mixes admixed admix combined combine combining combines combination soaked soak
    soaking hydrated hydrate hydrating rehydrated rehydrate reconstituted reconstitute loaded load
    loading impregnated impregnate saturated saturate saturating seeded seed supplemented supplement
    wetted wet moistened primed prime added add adding adds blended blend coated augmented augment
    enriched immersed dipped bathed steeped suspended mixture admixture infiltrated injected
""")
# Without saying with what, only these deny it of blood and of marrow.
MIXING = _words("mixed mix mixing mixes admixed admixture combined combine combining")
# Before the name itself these join it to what stands before; the second, to a graft only.
JOINED_BY = _words("with plus using")
JOINED_TO_GRAFTS = _words("and requiring requires require needs needing")
NOTHING_MORE = _words("or and nor at in prior required needed necessary anything intraoperatively")

# The sentence leaves it open, wherever in it these stand before the name.
OPEN_BEFORE = (
    "whether", "if", "unless", "possible", "possibly", "probable", "probably", "potential",
    "potentially", "maybe", "perhaps", "consider", "considering", "considered", "unclear",
    "unknown", "undecided", "uncertain", "unsure", "not sure", "tbd", "pending", "optional",
    "optionally", "depending", "versus", "vs", "to be determined", "to be decided",
    "not decided", "not yet decided", "yet to be", "rule out", "option of", "option to",
    "suspected", "likely", "unlikely", "preference", "discretion", "choice of",
)  # fmt: skip
# The same, in the same part of it: a modal, or somebody who is asked.
OPEN_NEAR = (
    "may", "might", "could", "can", "would", "confirm", "verify", "check", "clarify", "ascertain",
    "determine", "decide", "decides", "ask", "inquire", "enquire", "specify", "state", "indicate",
    "document", "advise", "discuss", "find out",
)  # fmt: skip
# How a question begins, and of what it asks.
ASKING_VERBS = _words("does do is are will has have can should")
ASKED_OF = _words("the it this there graft product allograft we they")
OPEN_BEHIND = (
    "optional", "optionally", "possible", "discretion", "preference", "undecided", "unknown",
    "tbd", "pending", "unclear", "uncertain", "if", "unless", "as needed", "prn", "not decided",
    "not known", "not yet", "to be determined", "to be decided", "to be confirmed", "vs",
    "versus", "suspected", "cannot be excluded", "not excluded", "per surgeon", "up to", "or not",
    "in question", "questionable",
)  # fmt: skip
