"""The human resources plan: programmes, groups, lines and measures."""
