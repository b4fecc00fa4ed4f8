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

# Behind it, in words that may stand there otherwise.
NOT_BEHIND = (
    "donor evaluation", "cord blood bank", "complication", "complications", "rejection", "status",
    "level", "count", "lab", "labs", "type and", "candidate for", "product testing",
    "completed", "collection kit", "collection tube", "infusion reaction", "infusion reactions",
    "infusion pump", "infusion set", "infusion center", "therapy plan", "treatment plan",
    "product code", "red cell transfusion", "red cells", "red cell unit", "red cell units",
    "red blood",
)  # fmt: skip

# A detail that holds one of these tells of an earlier transplant.
PAST = ("history", "age", "aged", "ago", "past", "childhood", "outside", "osh")

# A remark that opens so tells of the patient.
OF_THE_PATIENT = (
    "history of", "hx of", "hx", "h/o", "s/p", "status post", "failed", "known", "dr",
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
    admit admission admitted request requested order orders ordered plan planned schedule
    scheduled proceed authorization arrange
""")
_GRAFT = _words("""
    autologous nonautologous auto allogeneic allogenic allo haploidentical haplo mud mmud mrd msd
    matched mismatched related unrelated sibling sib donor donors own self syngeneic identical
    twin party type graft grafts vs versus original same backup back up
""")
_CELLS = _words("""
    stem cell cells cel hematopoietic haematopoietic hemopoietic hematologic haematologic
    progenitor precursor peripheral blood marrow bone cord umbilical pbsc pbscs pbpc hpc hpcs hsc
    hscs cd34 cd34+ cd3 cd3+ selected selection enriched purged purging t depleted depletion
    replete cryopreserved frozen thaw thawed fresh g csf primed product products unit units bag
    bags single double dual lymphocyte lymphocytes leukocyte leukocytes tcr alpha beta
    unmanipulated bm apheresis cellular
""")
# Not HCT, which may be the hematocrit of somebody with a transplant.
TRANSPLANT = _words("""
    transplant transplants transplantation tx infuse infusion infusions reinfusion rescue support
    sct hsct hscts bmt pbsct asct ahsct ahct autosct autohsct autohct autopbsct allosct allohsct
    allohct allobmt allopbsct haplosct ucb ucbt harvest harvesting collection collecting collect
    leukapheresis leucapheresis mobilized dli boost top up topup
""")
_MANNER = _words("""
    mobilization immunoablation immunoablative administer transfusion search nmdp registry based
    backup back high dose doses therapy therapeutic chemotherapy chemo hdc hdt hdct myeloablative
    nonmyeloablative non ablative reduced intensity ric nma mac mini elective urgent routine
    standard stat asap today first second third tandem repeat sequential inpatient outpatient
    adult pediatric paediatric procedure treatment new prophylactic preemptive escalating
    escalation cpt hcpcs code of and or the a an to on either both mixed hospital every week weeks
    week's weekly give proceed decided determined tbd be
""")
# Names of a transplant as a whole, not of its cells or steps.
TRANSPLANTED = frozenset(
    each for each in TRANSPLANT if "transplant" in each or each[-2:] in ("ct", "mt")
)
# The chemotherapy before a transplant: beside it, a manner; in front of a comma, what is ordered.
DRUGS = _words("""
    melphalan mel mel100 mel140 mel200 beam beac bcnu carmustine thiotepa busulfan bu bu2 bu4
    cyclophosphamide cy ptcy flu fludarabine treosulfan etoposide cytarabine atg ratg alemtuzumab
    tbi flumel flubu bucy conditioning
""")
REGIMENS = _words("beam beac flumel flubu bucy")
_BESIDE_DRUGS = DRUGS - _words(
    "conditioning carmustine thiotepa cyclophosphamide etoposide cytarabine"
)

_BESIDE = _GRAFT | _CELLS | TRANSPLANT | _MANNER | ASKED_FOR

# What may stand before it, a catalogue's own prefix among them.
BEFORE = (
    _BESIDE
    | DRUGS
    | _words("""
        hct with from for patient pt needs need requires requesting recommended please perform
        begin start initiate book undergo will be hc pr ip op inp
    """)
)
# What may stand behind it, or within its name.
BEHIND = (
    _BESIDE
    | _BESIDE_DRUGS
    | _words("""
        relapse relapsed refractory persistent day in remission complete cr cr1 cr2 cr3 child
        children ordered planned scheduled requested ip op inp source once please
    """)
)
IN_REMARKS = BEHIND | _words("""
    patient conditioning regimen consent consented signed obtained wishes agrees proceed protocol
    scot astis curative intent
""")
# What is not done with a graft when it is given. To deny one of these denies no order.
NOT_DONE_WITH_IT = _words("""
    premedication premedications premedicate premed premeds steroid steroids hydrocortisone
    diphenhydramine benadryl acetaminophen antihistamine antihistamines filter filters filtered
    filtering irradiate irradiated irradiation leukoreduce leukoreduced leukoreduction leukodepleted
    leukodepletion wash washed washing thawed frozen cryopreserved warm warmed warmer manipulated
    manipulation pump hydration dilute diluted dmso lymphodepletion immunosuppression
""")
BESIDE_WHAT_IS_NOT_DONE = _words("""
    or and nor any a an the in line inline additional further routine required needed necessary
    indicated use used using given give to be with product products cells bag blood
""")
# Where a referral is asked for: to whom, and by whom.
ASKING = _words(" ".join(REFERRAL)) | _words("""
    ambulatory amb clinic program programme service services team center centre department
    physician specialist hematology haematology hematologist oncology oncologist heme onc medical
    pre for patient initial please candidate treat external internal outside re regarding
    telehealth visit
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
