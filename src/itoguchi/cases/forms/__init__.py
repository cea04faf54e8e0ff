"""forms of cases and reference models."""
