"""queries of first steps and plans."""
