"""Briefings: explanatory meetings, the places each counts for, and how far they have reached."""
