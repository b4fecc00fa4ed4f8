"""Small types with no FHIR in them: truth, dates, intervals, codes and words."""
