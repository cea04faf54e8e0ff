"""Different spellings of one word fold into one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itoguchi.core.folding import fold


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("タンバ", "たんば"),
        ("ﾀﾝﾊﾞ", "たんば"),
        ("たんば", "たんば"),
        ("ＴＡＭＢＡ", "tamba"),
        ("Tambasasayama City", "tambasasayamacity"),
        ("２８２２１９", "282219"),
        (" 兵庫県　丹波篠山市 ", "兵庫県丹波篠山市"),
        ("龍ヶ崎", "竜け崎"),
        ("龍ケ崎", "竜け崎"),
        ("Ōta", "ota"),
        ("", ""),
    ],
)
def test_spellings(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)
