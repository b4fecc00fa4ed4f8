"""Tells a patient's history out of the record: disease, treatment, transplants, donor cells."""
