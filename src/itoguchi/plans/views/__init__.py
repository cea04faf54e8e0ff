"""views of first steps and plans."""
