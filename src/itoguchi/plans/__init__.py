"""What one local government does first, and its plan."""
