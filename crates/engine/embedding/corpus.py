"""Loads the training data: the taxonomy's surface forms, grouped by the concept that they name."""
import csv, re, unicodedata, pathlib
TOKEN = re.compile(r"[a-z0-9+#.]*[a-z0-9+#]")


def tokens(text):
    """Splits a text into the engine's tokens. Must match the README: the vectors are trained on these tokens."""
    folded = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return TOKEN.findall(folded)


def rows(path):
    with open(path, encoding="utf-8") as f:
        return list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))


def alike(a, b):
    return a[:3].lower() == b[:3].lower()


def gender_forms(title):
    """« Vendeur / Vendeuse en X » gives « Vendeur en X » and « Vendeuse en X »; anything else is unchanged."""
    if "/" not in title: return [title]
    left, right = [x.strip() for x in title.split("/", 1)]
    l, r = left.split(), right.split()
    if not l or not r: return [title]
    if alike(l[0], r[0]) and len(r) >= len(l):
        return [left if len(l) > 1 and l[1:] == r[1:] else " ".join(l + r[len(l):]), right]
    if alike(l[-1], r[0]): return [" ".join(l + r[1:]), " ".join(l[:-1] + r)]
    return [title]


def bare(text):
    """Splits titles such as O*NET's « Chief Executive Officer (CEO) », in which both parts name the job."""
    m = re.fullmatch(r"(.*\S)\s*\(([^()]*)\)\s*", text)
    return [text] if not m else [m.group(1)] + ([m.group(2)] if len(m.group(2)) > 1 else [])


def load(folder):
    """Returns concepts {key: [(language, text)]}, weak links [(key, key, kind)] and extra labels."""
    d = pathlib.Path(folder); C, links = {}, []
    split = lambda s: [x for x in s.split("|") if x]
    def add(key, lang, texts):
        have = {t.lower() for _, t in C.setdefault(key, [])}
        for t in texts:
            t = t.strip()
            if t and t.lower() not in have and tokens(t): have.add(t.lower()); C[key].append((lang, t))
    for r in rows(d / "occupations.tsv"):
        add(r["id"], "en", [r["label_en"]] + split(r["aliases_en"]))
        add(r["id"], "fr", [g for t in [r["label_fr"]] + split(r["aliases_fr"]) for g in gender_forms(t)])
        links.append((r["id"], "isco" + r["isco08"], "isco"))
    for r in rows(d / "isco_groups.tsv"):
        add("isco" + r["code"], "en", [r["label_en"]]); add("isco" + r["code"], "fr", [r["label_fr"]])
    for r in rows(d / "groups.tsv"):
        add(r["id"], "en", [r["label_en"]]); add(r["id"], "fr", [r["label_fr"]])
        links += [(r["id"], p, "parent") for p in split(r["parents"])]
    for r in rows(d / "skills.tsv"):
        add(r["id"], "en", [r["label_en"]] + split(r["aliases_en"])); add(r["id"], "fr", [r["label_fr"]] + split(r["aliases_fr"]))
        links += [(r["id"], p, "parent") for p in split(r["parents"])] + [(r["id"], p, "related") for p in split(r["related"])]
    for r in rows(d / "occupation_skills.tsv"):
        links += [(r["occupation"], "e" + s, "essential") for s in r["essential"].split()]
    for r in rows(d / "onet_titles.tsv"):
        add("onet" + r["soc"], "en", [b for t in [r["title"]] + split(r["aliases"]) for b in bare(t)])
    for r in rows(d / "rome_codes.tsv"):
        add("rome" + r["code_rome"], "fr", gender_forms(r["label_fr"]))
    for r in rows(d / "rome_titles.tsv"):
        add("rome" + r["code_rome"], "fr", gender_forms(r["title_fr"]))
    C = {k: v for k, v in C.items() if v}
    return C, [l for l in links if l[0] in C and l[1] in C]
