"""The benchmark: floor and service side by side, with what they are sent generated here."""
