"""Tests that a card may offer to order, as `light_tests.yaml` lists them."""

from pydantic import Field

from cards.facts import Strict


class TestCode(Strict):
    """The code under which a test is ordered, out of the value sets of the fact."""

    system: str
    code: str


class LightTest(Strict):
    """A test that is light for the patient, and for each fact that it documents, its code.

    *name* is what is ordered, in our own words, as it stands within a sentence.
    """

    name: str
    documents: dict[str, TestCode] = Field(min_length=1)
