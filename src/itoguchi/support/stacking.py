"""The bridge to the engine stacking."""
