"""What the project promises, held by tests; the folders mirror the packages."""
