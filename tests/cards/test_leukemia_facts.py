"""Facts on a leukemia as records tell them: counts, chromosomes, translocations, sites."""

from cards.verdict import Criterion
from tests.cards.building import AUTOLOGOUS, Code, Json
from tests.cards.test_hcsc_sur703 import ADULT, LEUKOCYTES, at_diagnosis, found, leukemia


def criterion(
    identity: str, birth: str, order: Code = AUTOLOGOUS, **changes: list[Json]
) -> Criterion:
    """Return one criterion for a patient in first remission, with *changes* of the record."""
    listed = found(leukemia(birth, **changes), order).criteria
    return next(each for each in listed if each.id == identity)


def test_a_count_that_cannot_be_used_is_named_with_the_reason() -> None:
    """Both limits hang on the count, and neither has a line of its own to tell what is wrong."""
    count = at_diagnosis("count", LEUKOCYTES, (30500, "/hpf"))

    told = criterion("leukocytosis", ADULT, count=[count])

    assert "30500 /hpf on 2026-02-10, but the unit is not accepted for this fact" in told.says
    assert ["Observation/count"] == [each.reference for each in told.verdict.evidence]


def test_a_lineage_that_is_not_on_record_gives_no_further_reason() -> None:
    """What is simply missing is named by its title alone."""
    count = at_diagnosis("count", LEUKOCYTES, (45000, "/uL"))

    told = criterion("leukocytosis", ADULT, count=[count], lineage=[])

    assert told.says.endswith("not decided; open: High count in B lineage")
