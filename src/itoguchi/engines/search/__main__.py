"""Search as JSON: `python -m itoguchi.engines.search < in.json > out.json` (docs/engines/search.md)."""

from __future__ import annotations

import sys
from typing import Any

from itoguchi.engines.door import run
from itoguchi.engines.search import Document, Group, Index, NotSearchable


def _known(given: Any, where: str, needed: set[str], allowed: set[str]) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise NotSearchable(where, "this is no object", "Write it as {…}")
    if missing := needed - given.keys():
        raise NotSearchable(where, f"{min(missing)} is missing", "Add it")
    if unknown := given.keys() - needed - allowed:
        raise NotSearchable(where, f"{min(unknown)} is not known", f"Use {', '.join(sorted(needed | allowed))}")
    return given


def _list(given: Any, where: str) -> list[Any]:
    if not isinstance(given, list):
        raise NotSearchable(where, "this is no list", "Write it as […]")
    return given


def _text(given: Any, where: str) -> str:
    if not isinstance(given, str):
        raise NotSearchable(where, f"{given!r} is no text", 'Write it as "…"')
    return given


def _id(given: Any, where: str, seen: set[str]) -> str:
    found = _text(given, where)
    if not found:
        raise NotSearchable(where, "it is empty", "Give each its own id")
    if found in seen:
        raise NotSearchable(where, f"the id {found} is given twice", "Give each its own id")
    seen.add(found)
    return found


def _document(given: Any, where: str, seen: set[str]) -> Document:
    given = _known(given, where, {"id", "text"}, {"title", "reading"})
    id_ = _id(given["id"], f"{where}.id", seen)
    text, title, reading = (_text(given.get(key, ""), f"{where}.{key}") for key in ("text", "title", "reading"))
    return Document(id_, text, title, reading)


def _group(given: Any, where: str) -> Group:
    words = [_text(word, f"{where}[{at}]") for at, word in enumerate(_list(given, where))]
    return Group(tuple(words))


def answer_to(given: Any) -> dict[str, Any]:
    """The answer to queries about documents in JSON; raises NotSearchable."""
    given = _known(given, "input", {"documents", "queries"}, {"top", "synonyms"})
    top = given.get("top", 10)
    if isinstance(top, bool) or not isinstance(top, int):
        raise NotSearchable("top", f"{top!r} is no whole number", "Write it in digits")
    if top < 1:
        raise NotSearchable("top", f"{top} is too few", "Give 1 or more")
    seen: set[str] = set()
    documents = [
        _document(each, f"documents[{at}]", seen) for at, each in enumerate(_list(given["documents"], "documents"))
    ]
    asked: dict[str, str] = {}
    seen = set()
    for at, each in enumerate(_list(given["queries"], "queries")):
        query = _known(each, f"queries[{at}]", {"id", "text"}, set())
        asked[_id(query["id"], f"queries[{at}].id", seen)] = _text(query["text"], f"queries[{at}].text")
    synonyms = [_group(each, f"synonyms[{at}]") for at, each in enumerate(_list(given.get("synonyms", []), "synonyms"))]
    index = Index(documents, synonyms)
    return {
        "results": {
            id_: [[hit.document.id, round(hit.score, 4)] for hit in index.find(text, top).hits]
            for id_, text in asked.items()
        }
    }


if __name__ == "__main__":
    sys.exit(run(answer_to))
