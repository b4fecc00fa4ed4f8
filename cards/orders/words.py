"""The words of `free_text`: what may stand beside a transplant in an order for one.

They are an allow-list on purpose. Ordinary orders speak of transplants in endless ways
("Echocardiogram before …", "… recipient: CBC"); orders for one are written with few words.
"""

# Before the transplant is named, these make the text speak of something else.
NOT_BEFORE = (
    "history of", "h/o", "hx", "s/p", "status post", "post", "after", "following", "prior",
    "previous", "former", "awaiting", "declined", "declines", "refused", "refuses", "cancel",
    "cancelled", "canceled", "deferred", "ineligible", "no", "not", "without", "never", "before",
    "family history", "as a donor", "bone graft", "tissue",
    "red", "white", "packed",
)  # fmt: skip

# Behind it, and where a comma or dash parts them from it, too.
NOT_BEHIND = (
    "declined", "refused", "cancelled", "canceled", "deferred", "education", "class", "panel",
    "typing", "test", "testing", "survivorship", "aftercare", "follow up", "complication",
    "complications", "rejection", "status", "vaccination", "clearance", "diet", "mesenchymal",
    "knee", "hip", "disc", "adipose", "trait", "hgb", "plt", "electrophoresis", "ineligible",
    "history", "donor evaluation", "level", "count", "lab", "labs", "dental", "fertility",
    "psychosocial", "visit", "cbc", "recipient", "candidate", "line", "catheter", "kidney",
    "renal", "liver", "heart", "lung", "cornea", "corneal", "hair", "fecal", "microbiota",
    "bone graft",
)  # fmt: skip

# What follows is why, or with what; not what is ordered.
WHY = frozenset({"for", "due", "because", "indication", "given"})
DETAIL = WHY | {
    "with",
    "using",
    "after",
    "following",
    "secondary",
    "from",
    "by",
    "without",
    "per",
    "w",
    "via",
    "under",
    "at",
}

REFERRAL = (
    "referral", "refer", "referred", "ref", "evaluation", "evaluate", "eval", "consult",
    "consults", "consultation", "assessment", "assess", "workup", "work up", "eligibility",
    "candidacy", "second opinion",
)  # fmt: skip


def _words(written: str) -> frozenset[str]:
    return frozenset(written.split())


# Somebody asks for the transplant itself: "admit for", "request for".
ASKED_FOR = _words("""
    admit admission admitted request requested order orders plan planned schedule scheduled
    proceed authorization arrange
""")
_GRAFT = _words("""
    autologous nonautologous auto allogeneic allogenic allo haploidentical haplo mud mmud mrd msd
    hla matched mismatched related unrelated sibling donor donors own self syngeneic identical twin
    type graft grafts
""")
_CELLS = _words("""
    stem cell cells cel hematopoietic haematopoietic hemopoietic hematologic haematologic
    progenitor precursor peripheral blood marrow bone cord umbilical pbsc pbscs pbpc hpc hpcs hsc
    hscs cd34 cd34+ cd3 cd3+ selected selection enriched purged purging t depleted depletion
    replete cryopreserved frozen thawed fresh product products unit units single double dual
    lymphocyte lymphocytes leukocyte leukocytes
""")
# Not HCT, which may be the hematocrit of somebody with a transplant.
_TRANSPLANT = _words("""
    transplant transplants transplantation tx infusion infusions reinfusion rescue support sct
    hsct hscts bmt pbsct asct ahsct ahct autosct autohsct autohct allosct allohsct allohct allobmt
    haplosct harvest harvesting collection collecting mobilized dli boost top up
""")
_MANNER = _words("""
    high dose doses therapy therapeutic chemotherapy chemo hdc hdct myeloablative nonmyeloablative
    non ablative reduced intensity ric nma mac mini elective urgent routine standard stat first
    second third tandem repeat sequential inpatient outpatient adult pediatric paediatric
    procedure treatment new prophylactic preemptive escalating cpt hcpcs code of and or the a an
    to on either both protocol
""")
_BESIDE = _GRAFT | _CELLS | _TRANSPLANT | _MANNER | ASKED_FOR

# What may stand before it. The chemotherapy that goes with it does, or stands behind a "with".
BEFORE = _BESIDE | _words("""
    hct with from for conditioning melphalan mel mel200 beam busulfan cyclophosphamide cy flu
    fludarabine atg tbi
    patient pt needs need requires requesting recommended please perform begin undergo will be
""")
# What may stand behind it, or within its name.
BEHIND = _BESIDE | _words("""
    relapse relapsed refractory persistent mixed chimerism day in remission complete cr cr1 cr2 cr3
    child children
""")
# Where a referral is asked for: to whom, and by whom.
ASKING = _words(" ".join(REFERRAL)) | _words("""
    ambulatory amb clinic program programme service services team center centre department
    physician specialist hematology haematology hematologist oncology oncologist heme onc medical
    pre for patient initial please candidate
""")

RESEMBLING = (
    ("transplant", "transplantation", "infusion", "graft", "reinfusion"),
    ("stem cell", "stem cells", "bone marrow", "marrow", "progenitor", "hematopoietic",
     "haematopoietic", "cord blood", "hsct", "hct", "bmt", "pbsc"),
)  # fmt: skip
ABBREVIATIONS = (
    "hsct", "asct", "ahsct", "pbsct", "autosct", "autohsct", "autohct", "allosct", "allohsct",
    "allohct", "allobmt", "haplosct", "ucbt",
)  # fmt: skip
