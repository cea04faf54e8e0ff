"""forms of first steps and plans."""
