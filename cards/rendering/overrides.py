"""Why a clinician may go on against a card: a closed list, whose codes stay between releases."""

from cards.rendering.card import OverrideReason

OVERRIDE_SYSTEM = "urn:transplant-cds:override-reason"

# Feedback is counted by these codes: one may be added (to six at most), none may change its sense.
OVERRIDE_REASONS = tuple(
    OverrideReason(OVERRIDE_SYSTEM, code, display)
    for code, display in (
        ("authorization-obtained", "Authorization has been obtained"),
        ("in-clinical-trial", "The patient is in a clinical trial"),
        ("appeal-in-progress", "An appeal is in progress"),
        ("benefit-differs", "The member's benefit differs from this policy"),
        ("clinically-indicated", "Proceeding as clinically indicated"),
        ("alert-incorrect", "The alert is incorrect"),
    )
)
