"""Interface texts: compile the English catalogues, find texts that lack English, add empty entries for them.

    python tools/texts.py compile|check|add

Texts are written in Japanese in code and templates; each room keeps its English in its own
`locale/en/LC_MESSAGES/django.po`. No gettext program is needed.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polib

SOURCE = Path(__file__).resolve().parents[1] / "src" / "itoguchi"
CALLS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
METADATA = {
    "Content-Type": "text/plain; charset=UTF-8",
    "Language": "en",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}


def texts_of_python(path: Path) -> Iterator[tuple[str, ...]]:
    """(text,) or (singular, plural) of every gettext call in a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            words = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            if not words:
                continue
            if node.func.id.startswith("p"):
                words = words[1:]
            yield tuple(words[: 2 if node.func.id.startswith("ng") else 1])


def texts_of_template(path: Path) -> Iterator[tuple[str, ...]]:
    """The same for a template: Django rewrites its tags into gettext calls."""
    from django.utils.translation.template import templatize

    code = templatize(path.read_text(encoding="utf-8"))
    for name, rest in re.findall(r"\b(n?p?gettext|_)\((.+?)\)\s*(?=[XSPB\s]|$|n?p?gettext|_\()", code):
        try:
            words = ast.literal_eval(f"({rest},)" if name != "ngettext" else f"({rest.rsplit(',', 1)[0]},)")
        except (SyntaxError, ValueError):
            raise SystemExit(f"{path}: can't read {rest!r}") from None
        yield tuple(word for word in words if isinstance(word, str))


def texts_of_room(room: Path) -> dict[str, tuple[str, ...]]:
    """Every text of a room by its (singular) text."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted(room.rglob("*")):
        if path.suffix == ".py" and "migrations" not in path.parts:
            found |= {text[0]: text for text in texts_of_python(path)}
        elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
            found |= {text[0]: text for text in texts_of_template(path)}
    return found


def rooms() -> list[Path]:
    return [path for path in sorted(SOURCE.iterdir()) if (path / "apps.py").exists()]


def catalogue(room: Path) -> Path:
    return room / "locale" / "en" / "LC_MESSAGES" / "django.po"


def compile_all() -> None:
    """Write each .mo beside its .po."""
    for room in rooms():
        if catalogue(room).exists():
            polib.pofile(str(catalogue(room))).save_as_mofile(str(catalogue(room).with_suffix(".mo")))


def english_of_all_rooms() -> set[str]:
    """Texts that have English in some room; Django looks a text up in all of them."""
    files = (polib.pofile(str(catalogue(room))) for room in rooms() if catalogue(room).exists())
    return {entry.msgid for file in files for entry in file if entry.translated() and not entry.obsolete}


def clashes() -> Iterator[str]:
    """Texts to which two rooms give different English: Django would show one of them in both."""
    english: dict[tuple[str, str], str] = {}
    for room in rooms():
        for entry in polib.pofile(str(catalogue(room))) if catalogue(room).exists() else ():
            said = entry.msgstr or str(entry.msgstr_plural)
            if said != english.setdefault((entry.msgctxt or "", entry.msgid), said):
                yield f"{room.name}: another room says it otherwise: {entry.msgid}"


def problems_of(room: Path, texts: dict[str, tuple[str, ...]], file: polib.POFile, known: set[str]) -> Iterator[str]:
    """Texts without English, entries nobody uses, placeholders that English alone has, sentences that it says twice."""
    yield from (f"{room.name}: no English: {text}" for text in texts if text not in known)
    for entry in file:
        if entry.msgid not in texts:
            yield f"{room.name}: nobody uses: {entry.msgid}"
        places = set(re.findall(r"%\((\w+)\)", entry.msgid))
        for english in [entry.msgstr, *entry.msgstr_plural.values()]:
            if not set(re.findall(r"%\((\w+)\)", english)) <= places:
                yield f"{room.name}: unknown placeholder in English of: {entry.msgid}"
            sentences = re.findall(r"\w[^.!?]{12,}[.!?]", english)
            if len(set(sentences)) < len(sentences) or re.fullmatch(r"(.{4,})\s*\1", english, re.DOTALL):
                yield f"{room.name}: English says it twice: {entry.msgid}"


def add_missing(file: polib.POFile, texts: dict[str, tuple[str, ...]], known: set[str]) -> None:
    """Empty entries for texts without English."""
    for text, words in texts.items():
        if text not in known and not file.find(text):
            plural = {"msgid_plural": words[1], "msgstr_plural": {0: "", 1: ""}} if len(words) == 2 else {}
            file.append(polib.POEntry(msgid=text, **plural))


def check(*, add: bool) -> int:
    """Print what is wrong, adding empty entries on wish; returns how many there are."""
    wrong = 0
    for problem in clashes():
        wrong += 1
        print(problem)
    known = english_of_all_rooms()
    for room in rooms():
        path = catalogue(room)
        file = polib.pofile(str(path)) if path.exists() else polib.POFile()
        file.metadata = METADATA
        texts = texts_of_room(room)
        for problem in problems_of(room, texts, file, known):
            wrong += 1
            print(problem)
        if add:
            add_missing(file, texts, known)
            path.parent.mkdir(parents=True, exist_ok=True)
            file.save(str(path))
    return wrong


def main() -> int:
    verb = sys.argv[1] if len(sys.argv) == 2 else ""
    if verb == "compile":
        compile_all()
        return 0
    if verb in {"check", "add"}:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itoguchi.site.settings")
        return 1 if check(add=verb == "add") else 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main())
