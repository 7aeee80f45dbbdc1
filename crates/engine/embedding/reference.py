"""Writes reference.json: texts and pairs with the results that every reader of vectors.bin must compute, bit for bit."""
import hashlib, json, pathlib, sys
from embedding import Embedding, ONE

LONG = "Nous recherchons une personne motivée pour rejoindre notre équipe : accueil des clients, tenue de caisse, mise en rayon, gestion des stocks et des commandes. We also need good English and a driving licence. "
TEXTS = [
    "Développeur logiciel", "Software developer", "Vendeur / Vendeuse en prêt-à-porter (H/F)", "SENIOR REGISTERED NURSE - LONDON", "Infirmier diplômé d'État de nuit",
    "Conducteur d'engins de chantier", "C++", "C#", ".NET developer", "node.js", "Kubernetes, Terraform & CI/CD", "chargé de clientèle bancaire", "charge de clientele bancaire",
    "acountant asistant", "développeuze informatik", "Krankenschwester", "Softwareentwickler für eingebettete Systeme", "Ingeniero de sistemas", "enfermera de quirófano",
    "boulanger pâtissier", "Data scientist, machine learning", "mener des entretiens d'embauche", "conduct job interviews", "a", "75011 Paris", "xqzt", "", "— !!! … 日本語 ☃",
    "x" * 100, (LONG * 12).strip()]
PAIRS = [(0, 1), (0, 2), (1, 16), (3, 4), (3, 15), (4, 15), (4, 18), (2, 19), (5, 12), (6, 7), (6, 1), (8, 7), (9, 1), (10, 20), (11, 12), (11, 13), (13, 12), (14, 0), (14, 1), (17, 1),
         (18, 3), (19, 21), (20, 1), (21, 22), (22, 3), (23, 24), (25, 28), (26, 0), (27, 1), (29, 2)]


def write(folder):
    e = Embedding(folder); V = [e.vector(t) for t in TEXTS]
    texts = [{"text": t, "first": v[:8].tolist(), "sha256": hashlib.sha256(v.astype("<i2").tobytes()).hexdigest()} for t, v in zip(TEXTS, V)]
    pairs = [{"a": a, "b": b, "dot": d, "cosine": round(d / ONE ** 2, 6)} for a, b in PAIRS for d in [e.dot(V[a], V[b])]]
    body = {"about": "sha256: of the vector as 16-bit little-endian integers; a, b: places in texts; cosine: dot / 2^28, rounded", "texts": texts, "pairs": pairs}
    pathlib.Path(folder, "reference.json").write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__": write(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent)
