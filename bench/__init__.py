"""Measurements; tests never time."""
