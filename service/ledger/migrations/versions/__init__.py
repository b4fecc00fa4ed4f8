"""One module for each step, by its number; a step that was released is never changed."""
