"""actions of first steps and plans."""
