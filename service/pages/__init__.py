"""The pages for people, and what lays them out: stories, policies, evidence, feedback."""
