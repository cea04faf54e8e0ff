"""The site's settings with the bare page among its addresses."""

from itoguchi.site.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
