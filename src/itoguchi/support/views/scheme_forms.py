"""Pages on which schemes are entered, put right and ended, with their rules and their years."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from itoguchi.support import actions, queries
from itoguchi.support.access import can_change_scheme, can_keep_schemes
from itoguchi.support.actions.schemes import NOT_YOURS
from itoguchi.support.forms.rules import FEW, MOST_ROWS, ConditionRows, row_at, rows_of, rule_said
from itoguchi.support.forms.schemes import (
    EndForm,
    RateRows,
    SchemeForm,
    WindowRows,
    YearForm,
    json_of,
    rate_row,
    show_problems,
    window_row,
)
from itoguchi.support.models import Scheme
from itoguchi.support.views.schemes import crumbs, in_japanese

# What a button other than "save" asks for: the same page again, with more empty rows or the rule as a sentence.
AGAIN = {"more", "say"}


def _to_change(request: HttpRequest, key: str) -> Scheme:
    found = get_object_or_404(Scheme.objects.select_related("organisation"), key=key)
    if not can_change_scheme(request.user, found):
        raise PermissionDenied(NOT_YOURS)
    return found


@require_http_methods(["GET", "POST"])
def new_scheme(request: HttpRequest) -> HttpResponse:
    """A new scheme."""
    if not can_keep_schemes(request.user):
        raise PermissionDenied(NOT_YOURS)
    return _facts_page(request, None)


@require_http_methods(["GET", "POST"])
def edit_scheme(request: HttpRequest, key: str) -> HttpResponse:
    """Put a scheme and its rule right."""
    return _facts_page(request, _to_change(request, key))


def _facts_page(request: HttpRequest, scheme: Scheme | None) -> HttpResponse:
    facts = actions.facts_of(scheme) if scheme else None
    version = actions.version_of(facts)
    with queries.names_at_hand():
        if request.method == "GET":
            rule, has_more = queries.entered_part(facts.rule if facts else {})
            said = rows_of(rule)
            joined, rows = said or ("all", [])
            initial: dict[str, Any] = {"version": version, "joined": joined, "has_more": has_more}
            if said is None:
                initial["rule"] = json_of(rule)
            form = SchemeForm(scheme=scheme, facts=facts, initial=initial)
            return _facts_form(request, form, ConditionRows(prefix="rows", initial=rows), facts.rule if facts else {})
        return _save_facts(request, scheme, version)


def _save_facts(request: HttpRequest, scheme: Scheme | None, version: str) -> HttpResponse:
    data = request.POST.copy()
    if "more" in data:
        total = data.get("rows-TOTAL_FORMS", "0")
        data["rows-TOTAL_FORMS"] = str(
            min(MOST_ROWS, int(total) + 3 if total.isascii() and total.isdigit() and len(total) < 4 else 3)
        )
    form, rows = SchemeForm(data, scheme=scheme), ConditionRows(data, prefix="rows")
    is_said = rows.is_valid()
    rule = _rule(form, rows) if form.is_valid() and is_said else {}
    if AGAIN & set(data):
        return _facts_form(request, form, rows, rule, status=200)
    if not form.is_valid() or not is_said:
        return _facts_form(request, form, rows, rule, status=422)
    said = form.cleaned_data
    try:
        saved = actions.keep_scheme(
            scheme.key if scheme else _free_key(said["key"]),
            form.facts(rule),
            by=request.user,
            why=said["why"],
            version=said["version"] or "new",
        )
    except ValidationError as refused:
        _show(form, rows, refused)
        if getattr(refused, "code", "") == "changed":
            again = request.POST.copy()
            again["version"] = version
            form.data = again
        return _facts_form(request, form, rows, rule, status=422)
    messages.success(request, _("支援メニューを保存しました。条件は、下のとおり判定に使われます。"))
    return redirect(saved)


def _free_key(key: str) -> str:
    if Scheme.objects.filter(pk=key).exists():
        raise ValidationError({"key": _("この記号はすでに使われています。")})
    return key


def _rule(form: SchemeForm, rows: Any) -> dict[str, Any]:
    """The rule of the rows, or of the JSON where that is written, and that there is more; both at once are refused."""
    said = [(each.cleaned_data["condition"], each.cleaned_data) for each in rows if each.cleaned_data.get("condition")]
    written = form.cleaned_data["rule"]
    if written and said:
        form.add_error("rule", _("条件は、行かJSONのどちらか一方に書いてください。"))
        return {}
    rule = written or rule_said(form.cleaned_data["joined"], said)
    return queries.with_more_to_enter(rule) if form.cleaned_data["has_more"] else rule


def _show(form: SchemeForm, rows: Any, refused: ValidationError) -> None:
    """What was refused, beside its field; of a rule beside its row."""
    if not hasattr(refused, "error_dict") or "rule" not in refused.error_dict:
        show_problems(form, refused)
        return
    said = [each for each in rows if each.cleaned_data.get("condition")]
    is_within = (
        form.cleaned_data["has_more"] and form.cleaned_data["joined"] == "any"
    )  # one part beside what is to enter
    for problem in refused.error_dict.pop("rule"):
        where = str((problem.params or {}).get("where", "")) or str(problem.messages[0]).partition(":")[0]
        where = where.replace("rule.all[0].", "rule.", 1) if is_within else where
        place = row_at(where, form.cleaned_data["joined"], [each.cleaned_data for each in said])
        if said and place is not None:
            said[place].add_error("value", problem)
        else:
            form.add_error("rule", problem)
    show_problems(form, refused)


def _facts_form(request: HttpRequest, form: SchemeForm, rows: Any, rule: Any, *, status: int = 200) -> HttpResponse:
    scheme = form.scheme
    title = _("支援メニューを直す") if scheme else _("支援メニューを登録する")
    try:
        sentence = queries.sentence_of(queries.rule_of(rule)) if rule else ""
    except ValueError:  # what the rule lacks stands beside it
        sentence = ""
    way = [(in_japanese(scheme), scheme.get_absolute_url())] if scheme else []
    return render(
        request,
        "support/scheme_form.html",
        {
            "title": title,
            "scheme": scheme,
            "form": form,
            "rows": rows,
            "sentence": sentence,
            "few": [
                (str(label), "、".join(map(str, FEW[key])))
                for key, label in (("kind", _("団体の種類")), ("applicant", _("申請者・構成員")), ("stage", _("段階")))
            ],
            "breadcrumbs": crumbs(*way, (title, "")),
        },
        status=status,
    )


@require_http_methods(["GET", "POST"])
def end_scheme(request: HttpRequest, key: str) -> HttpResponse:
    """Say that a scheme is over."""
    scheme = _to_change(request, key)
    form = EndForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.end_scheme(scheme, form.cleaned_data["day"], by=request.user, why=form.cleaned_data["why"])
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("終わったことを記録しました。ページは残ります。"))
            return redirect(scheme)
    title = _("支援メニューを終える")
    return render(
        request,
        "support/scheme_end.html",
        {
            "title": title,
            "scheme": scheme,
            "form": form,
            "breadcrumbs": crumbs((in_japanese(scheme), scheme.get_absolute_url()), (title, "")),
        },
        status=422 if form.is_bound else 200,
    )


@require_http_methods(["GET", "POST"])
def scheme_year(request: HttpRequest, key: str, year: int) -> HttpResponse:
    """What holds of a scheme in a fiscal year: rates by rule, windows with their times, sizes, asked and chosen."""
    scheme = _to_change(request, key)
    if not 1950 <= year <= 2100:
        raise Http404
    known = scheme.years.prefetch_related("rates", "windows").filter(fiscal_year=year).first()
    facts = actions.facts_of_year(known) if known else None
    with queries.names_at_hand():
        if request.method == "GET":
            names = ("min_yen", "max_yen", "asked", "chosen", "note", "source")
            initial = {name: getattr(facts, name) for name in names} if facts else {"source": scheme.source}
            form = YearForm(is_known=bool(known), initial=initial | {"version": actions.version_of(facts)})
            rates = RateRows(prefix="rates", initial=[rate_row(each) for each in facts.rates] if facts else [])
            windows = WindowRows(
                prefix="windows", initial=[window_row(each) for each in facts.windows] if facts else []
            )
            return _year_form(request, scheme, year, form, rates, windows)
        form = YearForm(request.POST, is_known=bool(known))
        rates, windows = RateRows(request.POST, prefix="rates"), WindowRows(request.POST, prefix="windows")
        if all([form.is_valid(), rates.is_valid(), windows.is_valid()]):
            try:
                actions.keep_year(
                    scheme,
                    form.facts(year, rates, windows),
                    by=request.user,
                    why=form.cleaned_data["why"],
                    version=form.cleaned_data["version"] or "new",
                )
            except ValidationError as refused:
                show_problems(form, refused)
                if getattr(refused, "code", "") == "changed":
                    again = request.POST.copy()
                    again["version"] = actions.version_of(facts)
                    form.data = again
            else:
                messages.success(request, _("%(year)s年度の条件を保存しました。") % {"year": year})
                return redirect(scheme)
        return _year_form(request, scheme, year, form, rates, windows, status=422)


def _year_form(
    request: HttpRequest, scheme: Scheme, year: int, form: YearForm, rates: Any, windows: Any, *, status: int = 200
) -> HttpResponse:
    title = _("%(year)s年度の条件") % {"year": year}
    return render(
        request,
        "support/scheme_year.html",
        {
            "title": title,
            "scheme": scheme,
            "name": in_japanese(scheme),
            "form": form,
            "rates": rates,
            "windows": windows,
            "breadcrumbs": crumbs((in_japanese(scheme), scheme.get_absolute_url()), (title, "")),
        },
        status=status,
    )
