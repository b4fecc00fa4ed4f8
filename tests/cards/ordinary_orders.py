"""Ordinary orders as people write them, a few thousand out of a short list: none is ours."""

from collections.abc import Iterator
from itertools import product


def _listed(written: str) -> tuple[str, ...]:
    """Return what stands between the semicolons."""
    return tuple(" ".join(each.split()) for each in written.split(";"))


# Whatever may be ordered around a transplant, or for somebody who never heard of one.
LABORATORY = _listed("""
    CBC with differential; HCT; HCT and Hgb; Hematocrit; H&H; Hgb/HCT; Spun HCT; POC HCT; Basic
    metabolic panel; Comprehensive metabolic panel; Hepatic function panel; Lipid panel;
    Hemoglobin A1c; TSH; Ferritin; Vitamin D level; PT/INR; Type and screen; Crossmatch 2 units;
    Urinalysis; Urine culture; Blood cultures x2; CMV PCR quantitative; EBV viral load; Tacrolimus
    level; Cyclosporine trough; Troponin; Lactate; ABG; ANA; Scl-70 antibody; Anti-centromere
    antibody; Sickle cell trait screen; SCT screen; Hemoglobin electrophoresis (SCT); Chimerism
    study, STR; HLA typing high resolution; Donor specific antibodies; Peripheral smear;
    Reticulocyte count; Flow cytometry leukemia panel; CD34 count peripheral blood; BCR-ABL1 PCR;
    JAK2 mutation; Immunoglobulin levels; Serum protein electrophoresis; Beta-2 microglobulin; HIV
    antigen/antibody; Hepatitis B surface antigen; Quantiferon gold; Stool culture; C. difficile
    toxin; Pregnancy test
""")
IMAGING = _listed("""
    Echocardiogram; Transthoracic echo; TTE complete; 12-lead ECG; EKG; Chest x-ray 2 views; CT
    chest; CT chest high resolution without contrast; CT sinuses; CT abdomen pelvis with contrast;
    MRI brain; MRI lumbar spine; MRI knee; PET/CT skull base to thigh; MUGA scan; DEXA scan; Bone
    scan; Ultrasound liver with doppler; Mammogram screening; Renal ultrasound; Pulmonary function
    tests; Spirometry with DLCO; 6 minute walk test; Stress test; Right heart catheterization;
    Barium swallow; Panorex dental x-ray; Skeletal survey
""")
MEDICATION = _listed("""
    Acyclovir 400 mg PO BID; Tacrolimus 1 mg PO BID; Letermovir 480 mg daily; Filgrastim 480 mcg
    SC; Plerixafor 0.24 mg/kg; Melphalan 200 mg/m2 IV; Busulfan IV; Cyclophosphamide 50 mg/kg IV;
    Mycophenolate 1 g BID; Methotrexate 15 mg weekly; Fluconazole 400 mg;
    Trimethoprim-sulfamethoxazole DS; Ursodiol 300 mg; Lisinopril 10 mg; Metformin 500 mg;
    Atorvastatin 20 mg; Ibuprofen 600 mg PRN; Insulin glargine 10 units; IVIG 0.4 g/kg;
    Ondansetron 8 mg; Prednisone 40 mg taper; Eculizumab infusion; Rituximab infusion; Infliximab
    infusion; Iron sucrose infusion; Albumin 25% infusion; Zoledronic acid infusion; Antithymocyte
    globulin; Defibrotide; Blinatumomab infusion; Pneumococcal vaccine; Influenza vaccine
""")
CONSULT = _listed("""
    Cardiology consult; Pulmonology referral; Dental clearance; Dental evaluation; Social work
    consult; Psychology evaluation; Nutrition consult; Physical therapy evaluation; Infectious
    disease consult; Fertility preservation consult; Radiation oncology consult; Nephrology
    referral; Gastroenterology referral; Palliative care consult; Ophthalmology referral;
    Dermatology consult; Financial counseling; Pharmacy consult; Rheumatology follow up; Home
    health evaluation; Rehabilitation evaluation
""")
SURGERY = _listed("""
    Total knee arthroplasty; Hip replacement; Lumbar fusion L4-L5; Laparoscopic cholecystectomy;
    Appendectomy; CABG; Cataract extraction; Skin graft, split thickness; Bone graft, iliac crest;
    Coronary artery bypass graft; AV fistula creation; Vein graft harvest; Tunneled central line
    placement; Hickman catheter placement; Port-a-cath placement; PICC line placement; Apheresis
    catheter placement; Line removal; Bone marrow biopsy; Bone marrow aspirate and biopsy; Lumbar
    puncture; Upper endoscopy; Colonoscopy; Bronchoscopy; Liver biopsy; Skin biopsy; Wisdom tooth
    extraction; Myringotomy with tubes; Tonsillectomy
""")
CARE = _listed("""
    Neutropenic diet; Low residue diet; Home oxygen; Wheelchair; Wound care; Isolation
    precautions; Platelet transfusion 1 unit; Packed red cells 2 units; Irradiated CMV negative
    platelets; Leukapheresis; Plasma exchange; Therapeutic phlebotomy; Photopheresis;
    Hemodialysis; Total body irradiation; Telemetry monitoring; Return to clinic in 2 weeks;
    Patient education; Survivorship visit; Fall precautions
""")
ORDINARY = (*LABORATORY, *IMAGING, *MEDICATION, *CONSULT, *SURGERY, *CARE)

TRANSPLANTS = _listed("""
    stem cell transplant; autologous stem cell transplant; allogeneic HSCT; bone marrow
    transplant; HSCT; allo-SCT; BMT; auto HCT
""")
AROUND = _listed("""
    {order} before {transplant}; {order} after {transplant}; {order}, s/p {transplant}; {order}
    for {transplant}; {order} prior to {transplant}; {order} post {transplant} day +30; {order} -
    pre {transplant} work-up; {order} (history of {transplant}); {order} during {transplant};
    {order} - awaiting {transplant}; Pre-{transplant} {order}; Post-{transplant} {order};
    {transplant} {order}; {order}: {transplant} candidate; {order} in {transplant} recipient;
    {order}, {transplant} patient; {order} per {transplant} protocol
""")

# What has the name of a transplant, and is another one, or none that is ordered.
ANOTHER = _listed("""
    {organ} transplant; {organ} transplantation; {organ} transplant evaluation; Referral for
    {organ} transplant; {organ} transplant, living donor; Autologous {organ} transplant; {organ}
    allograft; Transplant, {organ}; Evaluation for {organ} transplantation; {organ} transplant
    rejection; {organ} stem cell transplant
""")
ORGANS = _listed("""
    kidney; renal; liver; heart; lung; pancreas; islet cell; cornea; corneal; hair; fecal; fecal
    microbiota; faecal; skin; fat; limbal; osteochondral; thymus; uterus;
    parathyroid; intestinal; small bowel; face; hand; ovarian tissue; chondrocyte; heart-lung
""")
NOT_DONE = _listed("""
    History of {transplant}; Hx of {transplant}; H/o {transplant} 2019; S/P {transplant}; Status
    post {transplant}; Awaiting {transplant}; Declined {transplant}; {transplant} declined;
    Patient refused {transplant}; Not a candidate for {transplant}; Ineligible for {transplant};
    No {transplant}; Cancel {transplant}; {transplant} cancelled; {transplant} deferred;
    {transplant} education class; {transplant} survivorship clinic; {transplant} clinic visit;
    {transplant} follow-up; Follow up after {transplant}; {transplant} status; Complications of
    {transplant}; {transplant} rejection; Previous {transplant}; Prior {transplant}; Family
    history of {transplant}; Brother had {transplant}; Vaccination after {transplant};
    {transplant} diet; {transplant} labs; {transplant} panel; {transplant} day +100 visit; Line
    placement for {transplant}; Central line for {transplant}; Housing for {transplant};
    {transplant} coordinator call; {transplant} unit transfer; {transplant} support group;
    {transplant} pharmacy teaching; Insurance form for {transplant}; Mobilization chemotherapy
    before {transplant}; Conditioning chemotherapy for {transplant}; GVHD prophylaxis after
    {transplant}; Relapse after {transplant}; Fever in {transplant} recipient; Discussed
    {transplant}; Considering {transplant}; If {transplant} fails; Failed {transplant}; Fertility
    preservation before {transplant}; Sperm banking prior to {transplant}; Wig for {transplant}
""")
ORTHOPEDIC = frozenset({"Total knee arthroplasty", "Bone graft, iliac crest"})
OTHERWISE = _listed("""
    Autologous chondrocyte implantation; Autologous blood donation; Autologous serum eye drops;
    Autologous fat grafting; Autologous platelet rich plasma; Allograft bone,
    cancellous chips; Allograft tendon; Auto accident follow up; Auto insurance form; Buffy coat
    smear; CAR-T cell infusion; Cord blood gas; Cord blood type and DAT; Umbilical cord blood
    gases; Umbilical cord care; Umbilical artery line; Marrow iron stain; MUD assessment, mental;
    Haploinsufficiency testing; Allopurinol 300 mg; Autoimmune panel; Stem cell donor registry
    information; DLI L-spine MRI; Granulocyte infusion; Booster vaccine; COVID booster;
    Nutritional boost supplement; BMT; BMT with adenoidectomy; Bilateral myringotomy tubes (BMT);
    Tooth transplant; Bone marrow biopsy with HCT; Brain stem MRI; Brainstem auditory evoked
    potentials; Transplant nephrology visit; Infusion chair, 4 hours
""")


def ordinary_orders() -> Iterator[str]:
    """Yield a few thousand orders, each once."""
    yield from ORDINARY
    yield from OTHERWISE
    # Cells beside a joint or a bone graft are an orthopedic use of cells, and another policy's.
    around = [each for each in ORDINARY if each not in ORTHOPEDIC]
    for at, (order, pattern) in enumerate(product(around, AROUND)):
        yield pattern.format(order=order, transplant=TRANSPLANTS[at % len(TRANSPLANTS)])
    for organ, pattern in product(ORGANS, ANOTHER):
        yield pattern.format(organ=organ)
    for transplant, pattern in product(TRANSPLANTS, NOT_DONE):
        yield pattern.format(transplant=transplant)
