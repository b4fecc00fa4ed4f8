"""The words of `product_titles`: what may stand beside cells or a graft in an order for them."""


def _words(written: str) -> frozenset[str]:
    return frozenset(written.split())


_SIDES = _words("""
    left right lt rt l r both bilateral bilat unilateral medial lateral anterior posterior upper
    lower proximal distal dominant side site level levels
""")
_PLACES_OF_BODY = _words("""
    ac acromioclavicular ankles elbows wrists hands feet finger fingers thumb thumbs toe toes cmc
    heel glenohumeral si joint tibial tibia plateau femur femoral condyle trochanter trochanteric
    subtalar hindfoot midfoot humerus humeral radius ulna scaphoid navicular calcaneus metatarsal
    patellar quadriceps
    hamstring gluteal gluteus biceps triceps supraspinatus infraspinatus subscapularis extensor
    flexor peroneal mcl lcl pcl ucl tfcc facet facets neck back sacrum pelvis iliac crest vertebra
    vertebrae thoracic lumbosacral tendons ligaments meniscal bone bones muscle compartment
""")
_DISEASES = _words("""
    pain djd ddd degenerative degeneration disease arthrosis arthropathy spondylosis stenosis
    spondylolisthesis radiculopathy herniated herniation tear tears torn injury defect defects
    lesion lesions tendinitis tendonitis tendinosis fasciitis bursitis sprain strain impingement
    instability pseudarthrosis osteochondritis chondropathy chronic acute severe moderate mild
    advanced stage grade early late symptomatic focal partial full complete thickness kl dx
    diagnosis cyst cysts tumor tumors giant charcot
""")
_MANNER = _words("""
    guided guidance ultrasound us fluoroscopic fluoroscopically fluoroscopy fluoro image imaging
    guidewire percutaneous minimally invasive open mis injectable injections injected injecting
    inject subchondral intraosseous intratendinous perineural epidural peritendinous
    intraligamentous ia revision primary instrumented instrumentation screws plate rods
    standalone possible possibly probable maybe prp lipoaspirate wharton's jelly liposuction
    harvested aspirated processed concentration centrifuged expanded culture cultured
    minimal use used using apply place placed add pack packing fill implanted soak request case
    or ot office outpatient ambulatory scheduled same px item supply device product name brand
    inj aspiration aspirating total replacement resurfacing tka tha oats maci
    reduction internal external hardware restoration vascularized neuromonitoring series
    exosome exosomes
    vial vials syringe ml cc mg size small medium large qty quantity each ea million dr surgeon
""")
_SPECIALISTS = _words("""
    orthopedics orthopaedics orthopedist ortho sports sport medicine pain management physiatry
    physiatrist spine surgery surgeon interventional regenerative rehabilitation
""")
# Systems that concentrate marrow or fat, and who offers them.
_SYSTEMS = _words("""
    regenexx arthrex angel biocue magellan marrowcellution lipogems svf
""")
BESIDE = _SIDES | _PLACES_OF_BODY | _DISEASES | _MANNER | _SPECIALISTS | _SYSTEMS
# Of graft words, what may be all that is asked for: to wait.
WAITING = _words("hold holds")
# How the names of operations end.
OPERATIONS = ("plasty", "ectomy", "otomy", "desis")

# A part of a title that opens so tells of the patient, of another time, or of what is not there.
OF_ANOTHER_TIME = _words("prior previous previously failed failing no not without since")
