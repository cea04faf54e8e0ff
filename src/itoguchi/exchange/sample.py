"""Problems in every phase and offers for the sample world."""

import random
from datetime import date


def load_sample(rng: random.Random, today: date) -> None:
    """Nothing yet."""
