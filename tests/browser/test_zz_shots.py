from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser.axe import nothing_found, sign_in

pytestmark = pytest.mark.browser
OUT = Path("/tmp/join_shots")
PAGES = {
    "visitor": [
        "/threads/horizontal",
        "/named-bodies/mayors",
        "/named-bodies/governors",
        "/named-bodies/councils",
        "/threads/",
        "/follow/confirm/x",
        "/cases/2",
        "/reference-models/sample-telework-house",
    ],
    "coordinator": [
        "/named-bodies/mayors/connect",
        "/clauses/first-1-2",
        "/clauses/first-1-2/drop",
        "/meetings/kinki-council-1/statements",
        "/meetings/kinki-council-3/dates",
        "/meetings/kinki-council-3/dates/1/drop",
        "/meetings/kinki-council-2",
        "/papers/kinki-council-2-paper-2/drop",
        "/threads/weave",
    ],
    "officer": ["/follow"],
}


@pytest.mark.parametrize(("language", "width"), [("ja", 1280), ("en", 360)])
def test_shots(page: Any, site: Any, language: str, width: int) -> None:
    OUT.mkdir(exist_ok=True)
    found = {}
    for persona, paths in PAGES.items():
        if persona != "visitor":
            sign_in(page, persona)
        for path in paths:
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(("/en" if language == "en" else "") + path)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=OUT / f"{language}-{width}-{persona}{path.replace('/', '_')}.png", full_page=True)
            try:
                if "confirm" not in path:
                    nothing_found(page)
            except AssertionError as wrong:
                found[path] = str(wrong)[:500]
    assert found == {}
