"""How Hypothesis runs here: few examples, and no deadline on a machine that is shared."""

from hypothesis import settings

settings.register_profile("cards", max_examples=40, deadline=None)
settings.load_profile("cards")
