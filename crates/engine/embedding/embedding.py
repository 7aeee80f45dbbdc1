"""Reference reader of vectors.bin: integers only, so that every machine gives the same bits. README.md specifies the arithmetic."""
import math, pathlib, struct
import numpy as np
from corpus import tokens

MAGIC = b"MEMBED01"
HEADER = struct.Struct("<8s12I8x")    # 64 bytes
ONE = 1 << 14                         # length of a text's vector
ALIGN = 64


def hash_of(piece):
    """Computes the 32-bit FNV-1a hash of the piece's bytes; the upper half is folded in because buckets are taken from the low bits."""
    h = 2166136261
    for c in piece: h = ((h ^ c) * 16777619) & 0xFFFFFFFF
    return h ^ (h >> 16)


def subwords(word, low, high, buckets, limit):
    """Returns the buckets of the n-grams of <word>, shorter ones first, left to right. Tokens are ASCII, so bytes are characters."""
    b = b"<" + word[:limit].encode("ascii") + b">"
    return [hash_of(b[i:i + n]) & (buckets - 1) for n in range(low, high + 1) for i in range(len(b) - n + 1)]


def write(path, words, word_rows, word_weights, bucket_rows, bucket_weights, low, high, limit, cap):
    dim = word_rows.shape[1]; parts, at, offsets = [], HEADER.size, []
    for a in (word_weights.astype("<u2"), bucket_weights.astype("<u2"), word_rows.astype("i1"), bucket_rows.astype("i1")):
        offsets.append(at); raw = a.tobytes(); raw += b"\0" * (-len(raw) % ALIGN); parts.append(raw); at += len(raw)
    head = HEADER.pack(MAGIC, dim, len(word_rows), len(bucket_rows), low, high, limit, cap, ONE, *offsets)
    pathlib.Path(path, "vectors.bin").write_bytes(head + b"".join(parts))
    pathlib.Path(path, "vocabulary.txt").write_text("\n".join(words) + "\n", encoding="ascii", newline="\n")


class Embedding:
    def __init__(self, folder):
        raw = pathlib.Path(folder, "vectors.bin").read_bytes(); h = HEADER.unpack_from(raw)
        if h[0] != MAGIC or h[8] != ONE: raise ValueError("not a version 1 embedding")
        self.dim, n, self.buckets, self.low, self.high, self.limit, self.cap = h[1:8]
        take = lambda off, kind, count: np.frombuffer(raw, kind, count, off)
        self.word_weight, self.bucket_weight = take(h[9], "<u2", n), take(h[10], "<u2", self.buckets)
        self.word_row = take(h[11], "i1", n * self.dim).reshape(n, -1)
        self.bucket_row = take(h[12], "i1", self.buckets * self.dim).reshape(self.buckets, -1)
        self.index = {w: i for i, w in enumerate(pathlib.Path(folder, "vocabulary.txt").read_text(encoding="ascii").splitlines())}
        if len(self.index) != n: raise ValueError("vocabulary and vectors differ in length")
        self.memo = {}

    def word(self, w):
        """Returns the word's part of a text's sum (32-bit signed integers)."""
        v = self.memo.get(w)
        if v is None:
            i = self.index.get(w)
            if i is not None: v = self.word_row[i].astype(np.int64) * int(self.word_weight[i])
            else:
                s = subwords(w, self.low, self.high, self.buckets, self.limit)
                v = (self.bucket_row[s].astype(np.int64) * self.bucket_weight[s].astype(np.int64)[:, None]).sum(0)
                v = (v * (65536 // len(s))) >> 16
            self.memo[w] = v
        return v

    def vector(self, text):
        """Returns 16-bit signed integers of length 2^14, or zeros if the text has no token or its words cancel out."""
        v = np.zeros(self.dim, np.int64)
        for w in tokens(text)[:self.cap]: v += self.word(w)
        return self.normalise(v)

    @staticmethod
    def normalise(v):
        shift = max(0, int(np.abs(v).max()).bit_length() - 24); v = v >> shift
        n = math.isqrt(int((v * v).sum()))
        return (v * (2 * ONE) + n) // (2 * n) if n else v

    @staticmethod
    def dot(a, b):
        """Returns the cosine times 2^28, exactly; fits 32 bits."""
        return int((a * b).sum())

    def encode(self, texts):
        return np.stack([self.vector(t) for t in texts]).astype(np.float32) / np.float32(ONE)
