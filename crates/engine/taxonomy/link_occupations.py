#!/usr/bin/env python3
"""Writes occupation_links.tsv: for each ROME code and O*NET occupation, the ESCO occupations and ISCO
groups with similar titles.

    python3 taxonomy/link_occupations.py        (needs numpy and scipy)

Computed only from the labels in this folder; no crosswalk is read. Titles are compared by
TF-IDF cosines of their character 2- to 5-grams within words; the similarity of a code to an
occupation is half that of its most similar title and half the mean of its titles. The 24 most similar
occupations with 0.20 or more are kept, in percent."""

import csv
import math
import pathlib
import re
import unicodedata
from collections import Counter

import numpy
import scipy.sparse

FOLDER = pathlib.Path(__file__).parent
GENDER_MARK = re.compile(r"\((?:[hfmxwd]/)+[hfmxwd]\)|\b[hf]/[hf](/x)?\b", re.I)
MOST_TITLES, KEPT, LEAST = 120, 24, 0.20


def rows(name):
    with open(FOLDER / name, encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def folded(text):
    text = text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae").replace("’", "'").lower()
    marked = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in marked if not unicodedata.combining(letter))


def grams(text):
    found = Counter()
    for word in re.findall(r"[a-z0-9+#]+", folded(GENDER_MARK.sub(" ", text))):
        word = f" {word} "
        for length in range(2, 6):
            for start in range(len(word) - length + 1):
                found[word[start : start + length]] += 1
    return found


occupations = [
    (row["id"], {row["label_en"], row["label_fr"], *row["aliases_en"].split("|"), *row["aliases_fr"].split("|")})
    for row in rows("occupations.tsv")
]
occupations += [
    ("i" + row["code"], {row["label_en"], row["label_fr"]}) for row in rows("isco_groups.tsv")
]
labels, starts = [], []
for _, names in occupations:
    starts.append(len(labels))
    labels += sorted(name.strip() for name in names if name.strip())

counted = [grams(label) for label in labels]
users = Counter(gram for found in counted for gram in found)
places = {gram: place for place, gram in enumerate(users)}
rarity = numpy.array([math.log((1 + len(labels)) / (1 + users[gram])) + 1 for gram in places])


def matrix(counts):
    ends, columns, values = [0], [], []
    for found in counts:
        row = [(places[g], (1 + math.log(n)) * rarity[places[g]]) for g, n in found.items() if g in places]
        length = math.sqrt(sum(value * value for _, value in row)) or 1
        columns += [column for column, _ in row]
        values += [value / length for _, value in row]
        ends.append(len(columns))
    shape = (len(ends) - 1, len(places))
    return scipy.sparse.csr_matrix((values, columns, ends), shape=shape, dtype=numpy.float32)


known = matrix(counted).T.tocsr()
codes = {}
for row in rows("rome_titles.tsv"):
    codes.setdefault(row["code_rome"], []).append(row["title_fr"])
for row in rows("onet_titles.tsv"):
    codes[row["soc"]] = [row["title"], *row["aliases"].split("|")[:MOST_TITLES]]

with open(FOLDER / "occupation_links.tsv", "w", encoding="utf-8") as lines:
    lines.write("code\tlinks\n")
    for code, titles in codes.items():
        cosines = (matrix(map(grams, titles)) @ known).toarray()
        nearest = numpy.maximum.reduceat(cosines, starts, axis=1)
        near = 0.5 * nearest.max(0) + 0.5 * nearest.mean(0)
        order = [at for at in numpy.argsort(-near, kind="stable")[:KEPT] if near[at] >= LEAST]
        links = " ".join(f"{occupations[at][0]}:{round(float(near[at]) * 100)}" for at in order)
        lines.write(f"{code}\t{links}\n")
