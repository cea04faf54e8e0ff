"""The site's addresses plus the bare page that its pages are measured against."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from itoguchi.areas.models import Area
from itoguchi.core.doors import public
from itoguchi.site.urls import urlpatterns as site

BARE = engines["django"].from_string(
    "<table>{% for a in areas %}<tr><td>{{ a.code }}</td><td>{{ a.name }}</td><td>{{ a.kana }}</td>"
    "<td>{{ a.name_en }}</td><td>{{ a.kind }}</td></tr>{% endfor %}</table>"
)


@public
def bare(request: HttpRequest) -> HttpResponse:
    """50 areas × 5 columns, same middleware and session, no base template."""
    return HttpResponse(BARE.render({"areas": Area.objects.all()[:50], "who": str(request.user)}, request))


urlpatterns = [path("bare", bare), *site]
