"""Who may call, how often, and which FHIR servers are read for them with which token."""
