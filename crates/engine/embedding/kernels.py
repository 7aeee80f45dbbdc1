"""The trained model and its gradients: a text is a weighted sum of words, a word is its own row plus the mean of its subwords' rows."""
import numpy as np, numba as nb
from numba import njit, prange
nb.set_num_threads(2)

@njit(parallel=True, fastmath=True, cache=True)
def types_forward(U, ut, word, V, gp, gi, E):
    d = V.shape[1]
    for k in prange(len(ut)):
        t = ut[k]; w = word[t]
        for c in range(d): U[k, c] = 0
        a, b = gp[t], gp[t + 1]
        for j in range(a, b):
            r = gi[j]
            for c in range(d): U[k, c] += E[r, c]
        if b > a:
            s = 1.0 / (b - a)
            for c in range(d): U[k, c] *= s
        if w >= 0:
            for c in range(d): U[k, c] += V[w, c]

@njit(parallel=True, fastmath=True, cache=True)
def bag_forward(X, ptr, inv, sw, U):
    d = U.shape[1]
    for i in prange(len(ptr) - 1):
        for c in range(d): X[i, c] = 0
        for j in range(ptr[i], ptr[i + 1]):
            s = sw[j]; k = inv[j]
            for c in range(d): X[i, c] += s * U[k, c]

@njit(parallel=True, fastmath=True, cache=True)
def bag_backward(dU, ds, order, start, phrase, sw, dX, U):
    # order: occurrences sorted by type; start: the offset of each type's run
    d = U.shape[1]
    for k in prange(len(start) - 1):
        for c in range(d): dU[k, c] = 0
        for q in range(start[k], start[k + 1]):
            j = order[q]; p = phrase[j]; s = sw[j]; acc = 0.0
            for c in range(d):
                dU[k, c] += s * dX[p, c]; acc += dX[p, c] * U[k, c]
            ds[j] = acc

@njit(parallel=True, fastmath=True, cache=True)
def rows_adam(E, M, S, rows, order, start, src, coef, dU, lr, b1, b2, eps, c1, c2, pull, E0):
    # gradient of row r = sum of coef*dU[src] over its run; lazy Adam
    d = E.shape[1]
    for k in prange(len(rows)):
        r = rows[k]; g = np.zeros(d, np.float32)
        for q in range(start[k], start[k + 1]):
            j = order[q]; s = coef[j]; u = src[j]
            for c in range(d): g[c] += s * dU[u, c]
        for c in range(d):
            if pull > 0: g[c] += pull * (E[r, c] - E0[r, c])
            M[r, c] = b1 * M[r, c] + (1 - b1) * g[c]
            S[r, c] = b2 * S[r, c] + (1 - b2) * g[c] * g[c]
            E[r, c] -= lr * (M[r, c] / c1) / (np.sqrt(S[r, c] / c2) + eps)

def runs(x):
    order = np.argsort(x, kind="stable"); s = x[order]
    start = np.flatnonzero(np.r_[True, s[1:] != s[:-1]]); return s[start], order, np.r_[start, len(x)]

class Model:
    """Types are words, misspelt words, and words treated as unknown; each has subwords, and the first two may lack a word row."""
    def __init__(self, d, nwords, nbuckets, word, gp, gi, logw, seed):
        r = np.random.default_rng(seed); self.d = d
        self.word, self.gp, self.gi = word, gp, gi
        self.V = np.zeros((nwords, d), np.float32); self.V0 = self.V.copy(); self.E = np.zeros((nbuckets, d), np.float32)
        self.a = logw.astype(np.float32)            # log weight per type; types without a word row share the last entry's change
        self.unk = np.float32(0.0)
        z = lambda x: np.zeros_like(x)
        self.MV, self.SV, self.ME, self.SE, self.Ma, self.Sa = z(self.V), z(self.V), z(self.E), z(self.E), z(self.a), z(self.a)
        self.step = 0; self.none = np.zeros((1, d), np.float32)
    def forward(self, ptr, typ):
        ut, order, start = runs(typ); inv = np.empty(len(typ), np.int64)
        inv[order] = np.repeat(np.arange(len(ut)), np.diff(start))
        U = np.empty((len(ut), self.d), np.float32); types_forward(U, ut, self.word, self.V, self.gp, self.gi, self.E)
        aa = self.a[typ] + np.where(self.word[typ] < 0, self.unk, np.float32(0)); sw = np.exp(aa).astype(np.float32)
        X = np.empty((len(ptr) - 1, self.d), np.float32); bag_forward(X, ptr, inv, sw, U)
        n = np.sqrt((X * X).sum(1, keepdims=True)) + 1e-6
        self.ctx = (ptr, typ, ut, order, start, inv, U, sw, X / n, n); return X / n
    def backward(self, dN, lr, lra, pull=0.0):
        ptr, typ, ut, order, start, inv, U, sw, N, n = self.ctx; self.step += 1; b1, b2 = .9, .98
        dX = ((dN - (dN * N).sum(1, keepdims=True) * N) / n).astype(np.float32)
        phrase = np.repeat(np.arange(len(ptr) - 1), np.diff(ptr)); dU = np.empty_like(U); ds = np.empty(len(typ), np.float32)
        bag_backward(dU, ds, order, start, phrase, sw, dX, U)
        c1, c2 = 1 - b1 ** self.step, 1 - b2 ** self.step
        w = self.word[ut]; k = np.flatnonzero(w >= 0)
        rows_adam(self.V, self.MV, self.SV, w[k], np.arange(len(k)), np.arange(len(k) + 1), k, np.ones(len(k), np.float32), dU, lr, b1, b2, 1e-8, c1, c2, pull, self.V0 if pull else self.V)
        # subwords
        cnt = self.gp[ut + 1] - self.gp[ut]; tot = int(cnt.sum()); src = np.repeat(np.arange(len(ut)), cnt)
        off = np.arange(tot) - np.repeat(np.cumsum(cnt) - cnt, cnt) + np.repeat(self.gp[ut], cnt); g = self.gi[off]
        rows, o2, s2 = runs(g); rows_adam(self.E, self.ME, self.SE, rows, o2, s2, src, (1.0 / cnt[src]).astype(np.float32), dU, lr, b1, b2, 1e-8, c1, c2, 0.0, self.E)
        # weights: known types only; unknown ones share a scalar
        da = ds * sw; ga = np.zeros(len(ut), np.float32); np.add.at(ga, inv, da); known = w >= 0
        r = ut[known]; x = ga[known]; self.Ma[r] = b1 * self.Ma[r] + (1 - b1) * x; self.Sa[r] = b2 * self.Sa[r] + (1 - b2) * x * x
        self.a[r] -= lra * (self.Ma[r] / c1) / (np.sqrt(self.Sa[r] / c2) + 1e-8)
        gu = float(ga[~known].sum()); self.mu = .9 * getattr(self, "mu", 0) + .1 * gu; self.su = .98 * getattr(self, "su", 0) + .02 * gu * gu
        self.unk = np.float32(self.unk - lra * (self.mu / c1) / (np.sqrt(self.su / c2) + 1e-8))
