"""How good and how fast the search is, beside three plainer ways, on encyclopedia passages and citizens' questions.

    python bench/search.py [jaquad_retrieval.json.gz]   # prints tables; exits 1 where a bound is missed

Quality is nDCG@10, every way with one setting for all sets. *Passages*: 11,144 passages, 3,939 questions. *Passages,
spoken*: every fourth question in the words people wrap one in. *City*: bench/citizens.yaml, written for this
measurement (計測用). *City, wordy*: the same with an office's set phrases around each text.
"""

from __future__ import annotations

import gzip
import json
import os
import platform
import random
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
import yaml

from itoguchi.engines.search import Document, Index
from itoguchi.engines.search.folding import plain
from itoguchi.engines.search.reading import words_of

DATA = Path(__file__).resolve().parents[2] / "shared/data/jaquad_retrieval.json.gz"
CITY = Path(__file__).resolve().parent / "citizens.yaml"
TOP = 10
OPENINGS = (
    "{}について教えてください。",
    "{}の手続きはどうすればいいですか。",
    "{}をしたいのですが、どのような手続きが必要ですか。",
    "{}について知りたいのですが、どこに問い合わせればいいですか。",
    "{}はできますか。",
    "{}について、必要なものは何ですか。",
)
CLOSINGS = (
    "",
    "詳しくは担当の窓口までお問い合わせください。受付時間は平日の午前9時から午後5時までです。",
    "手続きに必要なものは次のとおりです。ご不明な点がありましたら、お電話でお尋ねください。",
    "なお、場合によっては別に書類が必要になることがありますので、あらかじめご確認をお願いします。",
    "申請書はホームページからダウンロードすることができます。本人確認できるものをお持ちのうえ、市役所にお越しください。",
)
SPOKEN = ("ちょっと聞きたいのですが、{}", "{}知りたいです", "{}教えてください。", "すみません、{}お願いします")

Questions = list[tuple[str, set[str]]]
Scorer = Callable[[str], np.ndarray]


class PlainBM25:
    """BM25 as in textbooks (k1 1.2, b 0.75), over whatever terms it is given."""

    def __init__(self, texts: Iterable[Iterable[str]]) -> None:
        counted = [Counter(terms) for terms in texts]
        self.number = len(counted)
        long = np.array([sum(terms.values()) for terms in counted], float)
        found: dict[str, tuple[list[int], list[int]]] = {}
        for row, terms in enumerate(counted):
            for term, count in terms.items():
                rows, counts = found.setdefault(term, ([], []))
                rows.append(row)
                counts.append(count)
        self.weights = {}
        for term, (rows, counts) in found.items():
            at, often = np.array(rows, np.int32), np.array(counts, np.float32)
            rarity = np.log1p((self.number - len(at) + 0.5) / (len(at) + 0.5))
            weakened = often + 1.2 * (0.25 + 0.75 * long[at] / long.mean())
            self.weights[term] = at, (rarity * often * 2.2 / weakened).astype(np.float32)

    def __call__(self, terms: Iterable[str]) -> np.ndarray:
        scores = np.zeros(self.number)
        for term in terms:
            if term in self.weights:
                rows, weights = self.weights[term]
                scores[rows] += weights
        return scores


def bigrams(text: str) -> list[str]:
    return [run[at : at + 2] for run in re.findall(r"\w+", plain(text)) for at in range(len(run) - 1)]


def gain(found: list[str], relevant: set[str]) -> float:
    """nDCG@10 of one question, each relevant document worth the same."""
    best = sum(1 / np.log2(place + 2) for place in range(min(TOP, len(relevant))))
    return float(sum(1 / np.log2(place + 2) for place, key in enumerate(found[:TOP]) if key in relevant) / best)


def plainer_ways(documents: Mapping[str, str], questions: Questions) -> dict[str, float]:
    keys = sorted(documents)
    by_bigrams = PlainBM25(bigrams(documents[key]) for key in keys)
    by_words = PlainBM25(words_of.__wrapped__(documents[key]) for key in keys)
    found: dict[str, list[float]] = {"bigrams": [], "words": [], "both added": []}
    for text, relevant in questions:
        two, one = by_bigrams(bigrams(text)), by_words(words_of(text))
        for way, scores in zip(found, (two, one, two + one), strict=True):
            order = np.argsort(-scores, kind="stable")[:TOP]
            found[way].append(gain([keys[row] for row in order if scores[row] > 0], relevant))
    return {way: float(np.mean(gains)) for way, gains in found.items()}


def index_of(documents: Mapping[str, str]) -> tuple[Index, float]:
    """An index and the seconds it took: of the clock, or of the processor where others keep that busy."""
    begun, worked = time.perf_counter(), time.process_time()
    index = Index([Document(key, text) for key, text in documents.items()])
    index.find("まちがへ")  # the lexicon of sounds is made when it is first needed
    return index, min(time.perf_counter() - begun, time.process_time() - worked)


def ours(index: Index, questions: Questions) -> tuple[float, list[float]]:
    """Mean nDCG@10 and the milliseconds of each question."""
    gains, spent = [], []
    for text, relevant in questions:
        begun = time.perf_counter(), time.process_time()
        found = index.find(text, TOP)
        spent.append(1000 * min(time.perf_counter() - begun[0], time.process_time() - begun[1]))
        gains.append(gain([hit.document.id for hit in found.hits], relevant))
    return float(np.mean(gains)), spent


def memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def sets(path: Path) -> dict[str, tuple[dict[str, str], Questions]]:
    with gzip.open(path) as file:
        given = json.load(file)
    passages = {each["id"]: each["text"] for each in given["documents"]}
    questions = [(each["text"], set(each["relevant"])) for each in given["queries"]]
    city = yaml.safe_load(CITY.read_text("utf-8"))
    asked = [(text, set(relevant)) for text, relevant in city["questions"].items()]
    rng = random.Random(3)
    wordy = {
        key: rng.choice(OPENINGS).format(text.split("。")[0]) + text + rng.choice(CLOSINGS) + rng.choice(CLOSINGS)
        for key, text in city["documents"].items()
    }
    wrapped = [(f"すみません、{text}どうしたらいいですか。", relevant) for text, relevant in asked]
    spoken = [
        (SPOKEN[at % 4].format(text.rstrip("。?？")), relevant) for at, (text, relevant) in enumerate(questions[::4])
    ]
    return {
        "passages": (passages, questions),
        "passages, spoken": (passages, spoken),
        "city": (city["documents"], asked),
        "city, wordy": (wordy, wrapped),
    }


def main(path: Path) -> int:
    before = memory()
    words_of("辞書を読む")
    dictionary = memory() - before
    all_sets = sets(path)
    at_rest = memory()
    index, seconds = index_of(all_sets["passages"][0])
    held = memory() - at_rest
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print("| nDCG@10 | bigrams | words | both added | **ours** | ms (mean) | ms (p95) |\n|---|--:|--:|--:|--:|--:|--:|")
    bounds = {}
    for name, (documents, questions) in all_sets.items():
        mine = index if name.startswith("passages") else index_of(documents)[0]
        quality, spent = ours(mine, questions)
        plainer = plainer_ways(documents, questions)
        shown = " | ".join(f"{value:.3f}" for value in plainer.values())
        print(f"| {name} | {shown} | **{quality:.3f}** | {np.mean(spent):.2f} | {np.quantile(spent, 0.95):.2f} |")
        best = max(plainer["bigrams"], plainer["words"])
        bounds[f"{name}: {quality:.3f}, bound ≥ {best:.3f} (the better alone) − 0.01"] = quality >= best - 0.01
        if name == "passages":
            bounds[f"{name}: {quality:.3f}, bound ≥ 0.90"] = quality >= 0.90
            bounds[f"a question {np.mean(spent):.2f} ms, bound ≤ 5"] = np.mean(spent) <= 5
    bounds[f"{len(index.reads):,} documents indexed in {seconds:.1f} s, bound ≤ 15"] = seconds <= 15
    begun = time.process_time()
    index.updated([Document("d0", "変更した文書")], ["d1"])
    print(f"\nOne document changed, one removed: {time.process_time() - begun:.1f} s.")
    print(f"Memory: dictionary {dictionary:.0f} MB, index of the passages {held:.0f} MB (at most, while it is made).")
    for said, holds in bounds.items():
        print(f"- {said} {'✓' if holds else '未達'}")
    return 0 if all(bounds.values()) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA))
