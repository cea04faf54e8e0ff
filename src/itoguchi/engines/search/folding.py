"""Folding of text: width, case, accents, old character forms and kana become one."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import jaconv

# Old forms and variants on the left of each pair (旧字体、異体字), their common spellings on the right.
PAIRS = """
亞亜 惡悪 壓圧 圍囲 爲為 醫医 壹壱 稻稲 飮飲 隱隠 營営 榮栄 衞衛 驛駅 圓円 鹽塩 緣縁 艷艶 應応 歐欧 毆殴 櫻桜 奧奥 橫横 溫温 穩穏 假仮
價価 畫画 會会 繪絵 壞壊 懷懐 擴拡 殼殻 覺覚 學学 嶽岳 樂楽 渴渇 罐缶 卷巻 陷陥 勸勧 寬寛 關関 歡歓 觀観 巖巌 顏顔 歸帰 氣気 龜亀 僞偽
戲戯 犧犠 舊旧 據拠 擧挙 虛虚 峽峡 挾挟 狹狭 鄕郷 堯尭 曉暁 區区 驅駆 勳勲 薰薫 徑径 惠恵 揭掲 溪渓 經経 繼継 莖茎 螢蛍 輕軽 鷄鶏 藝芸
擊撃 縣県 儉倹 劍剣 圈圏 檢検 權権 獻献 硏研 險険 顯顕 驗験 嚴厳 廣広 效効 恆恒 鑛鉱 號号 國国 黑黒 濟済 碎砕 齋斎 劑剤 册冊 雜雑 產産
參参 慘惨 棧桟 蠶蚕 贊賛 殘残 絲糸 齒歯 兒児 辭辞 濕湿 實実 舍舎 寫写 釋釈 壽寿 收収 從従 澁渋 獸獣 縱縦 肅粛 處処 緖緒 敍叙 奬奨 將将
燒焼 稱称 證証 乘乗 剩剰 壤壌 孃嬢 條条 淨浄 狀状 疊畳 讓譲 釀醸 囑嘱 觸触 寢寝 愼慎 晉晋 眞真 盡尽 圖図 粹粋 醉酔 隨随 髓髄 數数 樞枢
瀨瀬 淸清 靜静 齊斉 攝摂 竊窃 專専 戰戦 淺浅 潛潜 纖繊 踐践 錢銭 禪禅 雙双 壯壮 搜捜 插挿 爭争 總総 聰聡 莊荘 裝装 騷騒 增増 臟臓 藏蔵
屬属 續続 墮堕 體体 對対 帶帯 滯滞 臺台 瀧滝 擇択 澤沢 單単 擔担 膽胆 團団 彈弾 斷断 癡痴 遲遅 晝昼 蟲虫 鑄鋳 廳庁 聽聴 鎭鎮 遞逓 鐵鉄
轉転 點点 傳伝 黨党 盜盗 燈灯 當当 鬪闘 德徳 獨独 讀読 屆届 繩縄 貳弐 惱悩 腦脳 霸覇 廢廃 拜拝 賣売 麥麦 發発 髮髪 拔抜 蠻蛮 祕秘 濱浜
甁瓶 拂払 佛仏 竝並 變変 邊辺 邉辺 辨弁 瓣弁 辯弁 舖舗 穗穂 寶宝 襃褒 豐豊 沒没 飜翻 槇槙 萬万 滿満 默黙 彌弥 譯訳 藥薬 與与 豫予 餘余
譽誉 搖揺 樣様 謠謡 遙遥 來来 賴頼 亂乱 覽覧 龍竜 兩両 獵猟 綠緑 壘塁 淚涙 勵励 禮礼 隸隷 靈霊 齡齢 戀恋 爐炉 勞労 樓楼 郞郎 祿禄 錄録
灣湾 嶋島 檜桧 髙高 﨑崎 神神 福福 ヶケ ヵカ
"""
OLD_FORMS = str.maketrans({pair[0]: pair[1] for pair in unicodedata.normalize("NFC", PAIRS).split() if len(pair) == 2})
DASHES = str.maketrans(dict.fromkeys("-‐‑‒–—−・ 　'’_", None))
FOREIGN = re.compile("[^\x00-\x7f\u3000-\u30ff\u4e00-\u9fff]+")  # where letters may have accents
WRITTEN_ONTO = re.compile("[\u0300-\u036f\u3099\u309a\uff9e\uff9f]")
CLUSTER = re.compile(f"(?s).{WRITTEN_ONTO.pattern}*")  # a letter and what is written onto it


def _without_accents(letters: re.Match[str]) -> str:
    return "".join(base for base in unicodedata.normalize("NFD", letters[0]) if not unicodedata.combining(base))


def plain(text: str) -> str:
    """Width, case, accents and old forms become one; kana, spaces and dashes stay.

    >>> plain("ＷＩＦＩ ﾃﾚﾜｰｸ 學校 Kyōto")
    'wifi テレワーク 学校 kyoto'
    """
    wide = unicodedata.normalize("NFKC", text).casefold().translate(OLD_FORMS)
    return unicodedata.normalize("NFC", FOREIGN.sub(_without_accents, wide))


_plain_cluster = lru_cache(maxsize=10_000)(plain)


def plain_with_places(text: str) -> tuple[str, list[int]]:
    """The same, and for each of its characters, and its end, where that stands in `text`.

    >>> plain_with_places("ﾊﾞｽ")
    ('バス', [0, 2, 3])
    """
    simple = plain(text)
    if len(simple) == len(text) and not WRITTEN_ONTO.search(text):
        return simple, [*range(len(text) + 1)]
    found, places = [], []
    for cluster in CLUSTER.finditer(text):
        letters = _plain_cluster(cluster[0])
        found.append(letters)
        places += [cluster.start()] * len(letters)
    return "".join(found), [*places, len(text)]


def fold(text: str) -> str:
    """`ＴＡＭＢＡ` → `tamba`, `タンバ` and `ﾀﾝﾊﾞ` → `たんば`, `Kyōto` → `kyoto`; spaces and dashes go.

    >>> fold("ＴＡＭＢＡ　ささやま"), fold("Kyōto-shi"), fold("ﾀﾝﾊﾞ")
    ('tambaささやま', 'kyotoshi', 'たんば')
    """
    return str(jaconv.kata2hira(plain(text))).translate(DASHES)
