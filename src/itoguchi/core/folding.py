"""Folding of text for look-ups: width, case, kana, macrons and old character forms become one."""

from __future__ import annotations

import unicodedata

import jaconv

# Old forms and variants met in names of local governments and their common spellings.
OLD_FORMS = str.maketrans("澤濱邊邉廣國縣會區龍嶋藏櫻檜ヶヵ", "沢浜辺辺広国県会区竜島蔵桜桧ケカ")
DASHES = str.maketrans(dict.fromkeys("-‐‑‒–—−・ 　'’_", None))


def fold(text: str) -> str:
    """`ＴＡＭＢＡ` → `tamba`, `タンバ` and `ﾀﾝﾊﾞ` → `たんば`, `Kyōto` → `kyoto`; spaces and dashes go.

    >>> fold("ＴＡＭＢＡ　ささやま"), fold("Kyōto-shi"), fold("ﾀﾝﾊﾞ")
    ('tambaささやま', 'kyotoshi', 'たんば')
    """
    wide = unicodedata.normalize("NFKC", text).casefold().translate(OLD_FORMS)
    latin = "".join(
        base
        for base in unicodedata.normalize("NFD", wide)
        if not (unicodedata.combining(base) and base not in "\u3099\u309a")
    )
    return jaconv.kata2hira(unicodedata.normalize("NFC", latin)).translate(DASHES)
