"""models of first steps and plans."""
