"""What would be true on paper: pure Python, no Django, no database, no clock."""
