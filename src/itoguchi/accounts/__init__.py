"""Who signs in, for whom they work, in which role, since when."""
