"""Words findings for the clinician: cards, sentences, and what a card offers to do."""
