"""Cases of areas, and reference models that pack them for reuse."""
