"""Itoguchi (糸口): from interest in IoT to action, for every local government of a country."""

from importlib.metadata import version

__version__ = version("itoguchi")
