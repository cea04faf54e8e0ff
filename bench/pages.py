"""Cost of each page against the bare page: queries, and CPU of the worker and its database backend.

    python bench/pages.py        # prints a table; exits 1 when a page is over its budget that is not KNOWN to be

The budget (docs/architecture.md): at most 12 queries and 5 × the bare page, 3 × where 6 queries do;
a panel at most 6 queries and 3 ×. Everything runs in one process and one connection, in turns, so that
whatever else the machine does meets all pages alike. The world is the sample's with 5,000 schemes, 20,000 needs,
2,000 organisations, 5,000 meetings, 50,000 opinions and 5,000 cases.
"""

from __future__ import annotations

import os
import platform
import resource
import statistics
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

if __package__ is None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.world import enlarge

ROUNDS, TURNS = 40, 6
PAGES = [
    ("home", "/"),
    ("nation", "/areas/"),
    ("block", "/areas/blocks/kinki"),
    ("prefecture", "/areas/280003"),
    ("prefecture (largest)", "/areas/010006"),
    ("municipality", "/areas/282219"),
    ("table of 1,741 rows", "/areas/table"),
    ("the same, sorted by population", "/areas/table?sort=-population"),
    ("coverage", "/briefings/"),
    ("briefings", "/briefings/list"),
    ("meetings", "/meetings/"),
    ("meetings to come", "/meetings/coming"),
    ("roadmap", "/roadmap/"),
    ("solution", "/solutions/open-data"),
    ("KPI", "/kpis/open-data"),
    ("forecast of a KPI", "/kpis/open-data/forecast"),
    ("table of KPIs", "/roadmap/table"),
    ("follow-up", "/follow-up/"),
    ("what there is to look at", "/follow-up/watch"),
    ("what there is to do", "/follow-up/duties"),
    ("where a solution is", "/solutions/open-data/places"),
    ("where a solution is in a block", "/solutions/open-data/places?block=kinki"),
    ("areas of a solution", "/solutions/open-data/areas"),
    ("whom to call about a solution", "/solutions/open-data/next"),
    ("what a block pushes first", "/areas/blocks/hokuriku/push"),
    ("peers of an area", "/areas/282219/peers"),
    ("implementations of an area", "/areas/282219/implementations"),
    ("implementation record", "/areas/282219/implementations/open-data"),
    ("surveys", "/surveys/"),
    ("survey", "/surveys/sample"),
    ("answer to a survey", "/surveys/sample/areas/282219"),
    ("comparison of editions", "/roadmap/compare"),
    ("frozen state", "/roadmap/frozen/2026-03-31"),
    ("human resources plan", "/learning/plan"),
    ("status report", "/reports/2017-03-24"),
    ("published report", "/reports/published/2017-03-24"),
    ("published figure", "/reports/published/2017-03-24/figures/prefectures"),
    ("first step sheet", f"/first-step?area=282219&words={quote('猿が畑を荒らす、見回りの人手がない')}"),
    ("search", f"/search?q={quote('猿が畑を荒らす')}"),
    ("schemes", "/schemes/"),
    ("scheme", "/schemes/sample-1"),
    ("who used a scheme", "/schemes/sample-1/uses"),
    ("areas that may use a scheme", "/schemes/sample-1/areas"),
    ("needs", "/needs/"),
    ("need", "/needs/1"),
    ("unmet needs", "/needs/unmet"),
    ("money", "/money?area=282219&kind=equipment&year=2027&yen=10000000&kind=operation&year=2028&yen=1000000"),
    ("calendar of an area", "/areas/282219/calendar"),
    ("council sessions", "/areas/282219/council"),
    ("page for the finance section", "/areas/282219/finance-sheet?kind=equipment&year=2027&yen=10000000"),
    ("plans", "/plans/"),
    ("plan", "/plans/1"),
    ("what was written about a plan before", "/plans/1/versions"),
    ("draft of a plan", "/plans/draft?area=282219&solution=telework"),
    ("threads", "/threads/"),
    ("thread of a block", "/threads/diagonal-kinki"),
    ("members of a thread", "/threads/diagonal-kinki/members"),
    ("association that carries a thread", "/named-bodies/mayors"),
    ("weave", "/threads/weave"),
    ("crossing of the weave", "/threads/weave/education/kinki"),
    ("card of a block", "/areas/blocks/kinki/card"),
    ("what one follows", "/follow"),
    ("meeting", "/meetings/kinki-council-1"),
    ("bodies", "/bodies/"),
    ("body", "/bodies/kinki-council"),
    ("tasks of a body", "/bodies/kinki-council/tasks"),
    ("clauses", "/clauses/"),
    ("opinions", "/opinions/"),
    ("opinion", "/opinions/11"),
    ("desk for opinions", "/opinions/desk"),
    ("sorting an opinion", "/opinions/13/sort"),
    ("what opinions changed", "/opinions/changes"),
    ("problems", "/problems/"),
    ("problem", "/problems/1"),
    ("offers", "/offers/"),
    ("cases", "/cases/"),
    ("case", "/cases/1"),
    ("reference models", "/reference-models/"),
    ("reference model", "/reference-models/sample-telework-house"),
]
# Over their budget after honest tries, each told in docs/performance.md; a page that is not named here fails the run.
KNOWN = {
    "the same, sorted by population",
    "prefecture (largest)",
    "coverage",
    "roadmap",
    "solution",
    "KPI",
    "table of KPIs",
    "areas of a solution",
    "peers of an area",
    "implementations of an area",
    "survey",
    "answer to a survey",
    "frozen state",
    "first step sheet",
    "draft of a plan",
    "money",
    "schemes",
    "areas that may use a scheme",
    "needs",
    "need",
    "unmet needs",
    "council sessions",
    "search",
    "plan",
    "what there is to look at",
    "status report",
    "meetings to come",
    "members of a thread",
    "opinions",
    "opinion",
    "desk for opinions",
    "sorting an opinion",
    "cases",
    "case",
}
FRAGMENTS = [
    ("finder, while typing", f"/areas/find?q={quote('なかがわ')}"),
    ("search, while typing", f"/search/suggest?q={quote('おーぷ')}"),
    ("state of a block", "/threads/diagonal-kinki/state"),
    ("issues of a block", "/threads/diagonal-kinki/issues"),
    ("journal of a meeting", "/meetings/kinki-council-1/history"),
    ("opinions about a solution", "/solutions/telework/opinions"),
]


def ready() -> None:
    """Point Django at a database with the reference data and the sample world."""
    from tests import database

    database.build_template()
    os.environ["DATABASE_URL"] = database.clone("itoguchi_bench", template=database.SAMPLE)
    os.environ["DJANGO_SETTINGS_MODULE"] = "itoguchi.site.settings"
    import django
    from django.conf import settings

    django.setup()
    settings.ROOT_URLCONF = "bench.urls"
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"


def backend_seconds(pid: int) -> float:
    """CPU seconds of the database backend so far."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def measure() -> int:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from itoguchi.accounts.models import Account
    from itoguchi.areas.models import Area, Block
    from itoguchi.core.panels import panels_of
    from itoguchi.reports.queries.chapters import KINDS

    client = Client()
    user = Account.objects.get(sign_in_name="coordinator")
    client.force_login(user)
    enlarge()
    pages: list[tuple[str, str, bool]] = [("bare page", "/bare", False)]
    pages += [(name, path, False) for name, path in PAGES]
    pages += [(name, path, True) for name, path in FRAGMENTS]
    pages += [(f"chapter: {kind.key}", f"/reports/2017-03-24/chapters/{kind.key}", True) for kind in KINDS]
    pages.append(("changes since publication", "/reports/published/2017-03-24/since", True))
    for noun, key, record in (
        ("area", "282219", Area.objects.select_related("block").get(code="282219")),
        ("block", "kinki", Block.objects.get(key="kinki")),
    ):
        for label, path in panels_of(noun, key, user=user, record=record):
            pages.append((f"panel: {label} of {'an area' if noun == 'area' else 'a block'}", path, True))

    def get(path: str, is_panel: bool) -> Any:
        answer = client.get(path, headers={"HX-Request": "true"} if is_panel else {})
        assert answer.status_code == 200, (path, answer.status_code)
        return answer

    queries = {}
    sizes = {}
    for name, path, is_panel in pages:
        get(path, is_panel)
        with CaptureQueriesContext(connection) as caught:
            sizes[name] = len(get(path, is_panel).content)
        queries[name] = len(caught)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    worker: dict[str, list[float]] = {name: [] for name, _, _ in pages}
    backend = dict.fromkeys(worker, 0.0)
    for _ in range(ROUNDS):
        for name, path, is_panel in pages:
            before, behind = time.process_time(), backend_seconds(pid)
            for _ in range(TURNS):
                get(path, is_panel)
            worker[name].append((time.process_time() - before) / TURNS)
            backend[name] += backend_seconds(pid) - behind
    database = {name: spent * 1000 / ROUNDS / TURNS for name, spent in backend.items()}
    cost = {name: statistics.median(worker[name]) * 1000 + database[name] for name in worker}
    bare = cost["bare page"]
    over = 0
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; {ROUNDS} × {TURNS} requests"
    )
    print("| page | queries | ms CPU | of it database | × bare | budget | kB | |\n|---|--:|--:|--:|--:|--:|--:|---|")
    for name, _, is_panel in pages:
        most = 6 if is_panel else 12
        times = 3 if is_panel or queries[name] <= 6 else 5
        fits = queries[name] <= most and cost[name] <= times * bare
        over += not fits and name not in KNOWN
        print(
            f"| {name} | {queries[name]} | {cost[name]:.2f} | {database[name]:.2f} | {cost[name] / bare:.1f} | ≤ {most}, ≤ {times} × "
            f"| {sizes[name] / 1000:.0f} | {'✓' if fits else '未達'} |"
        )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return 1 if over else 0


if __name__ == "__main__":
    ready()
    sys.exit(measure())
