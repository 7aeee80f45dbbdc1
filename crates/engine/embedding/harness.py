"""Reads the development sets and measures an encoder on them: NDCG@10 of the cosine alone, with ties ranked pessimistically."""
import csv, gzip, json, pathlib
import numpy as np

TITLES = ("avature_en", "avature_fr", "jobbert_norm", "fr_offer_titles", "rome_mobility")
TEXTS = ("rome_definitions", "fr_text2title", "fr_title_offers")


def text_of(profile):
    """Joins all strings of a profile into the one text that an encoder can read."""
    if isinstance(profile, str): return profile
    if isinstance(profile, dict): profile = list(profile.values())
    return "\n".join(text_of(x) for x in profile) if isinstance(profile, list) else ""


def load(root, names=TITLES + TEXTS, extra=True):
    """Returns {set: (query texts, item texts, [(query, items, labels)])}."""
    root, out = pathlib.Path(root), {}
    for name in names:
        d = root / "real" / name; side = {}
        for k in ("queries", "items"):
            with open(d / f"{k}.jsonl", encoding="utf-8") as f:
                side[k] = {x["id"]: text_of(x["profile"]) for x in map(json.loads, f)}
        with gzip.open(d / "gold.tsv.gz", "rt", encoding="utf-8") as f:
            gold = [l.rstrip("\n").split("\t") for l in f]
        out[name] = pack(side["queries"], side["items"], gold)
    if not extra: return out
    tables = [("titles", "titles", "query", "candidate"), ("skills_fr", "skills", "query_fr", "candidate_fr"), ("skills_fr2en", "skills", "query_fr", "candidate_en")]
    for name, folder, qcol, icol in tables:
        with open(root / folder / "gold.tsv", encoding="utf-8") as f:
            r = list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))
        q = {x["query_id"]: x[qcol] for x in r}
        out[name] = pack(q, {x[icol]: x[icol] for x in r}, [(x["query_id"], x[icol], x["label"]) for x in r])
    return out


def pack(queries, items, gold):
    qi, ii = {k: n for n, k in enumerate(queries)}, {k: n for n, k in enumerate(items)}
    by = {}
    for q, i, l in gold: by.setdefault(qi[q], []).append((ii[i], float(l)))
    rows = [(q, np.array([i for i, _ in v]), np.array([l for _, l in v])) for q, v in by.items()]
    return list(queries.values()), list(items.values()), rows


def ndcg(scores, labels):
    order = np.lexsort((labels, -scores))[:10]
    gain = lambda v: float(((2.0 ** v - 1) / np.log2(np.arange(len(v)) + 2)).sum())
    return gain(labels[order]) / gain(np.sort(labels)[::-1][:10])


def measure(sets, encode):
    """Returns {set: NDCG@10}; encode maps a list of texts to a float array with unit rows."""
    out = {}
    for name, (q, i, rows) in sets.items():
        Q, I = encode(q), encode(i)
        out[name] = float(np.mean([ndcg(I[items] @ Q[x], labels) for x, items, labels in rows if (labels >= 1).any()]))
    return out
