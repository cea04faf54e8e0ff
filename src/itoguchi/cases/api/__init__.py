"""The API of published cases (`cases`) and reference models (`reference_models`)."""

from itoguchi.cases.api import cases, reference_models

router = cases.router
__all__ = ["cases", "reference_models", "router"]
