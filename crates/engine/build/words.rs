//! Word vectors and the rarity of words.

use std::{collections::HashMap, error::Error, fs};

use crate::{names, output::Output, text};

/// Number of components kept of the 256, which are ordered by a principal component analysis.
pub const DIMENSIONS: usize = 128;

/// The constant a of "smooth inverse frequency" (Arora et al., 2017): weight = a / (a + p), from
/// which a word's probability p is recovered.
const SIF: f64 = 1e-3;

pub struct Words {
    index: HashMap<String, usize>,
    vectors: Vec<[f32; DIMENSIONS]>,
    weights: Vec<f32>,
    /// Inverse document frequency by hashed root, that of the root's most frequent word.
    rarity: HashMap<u32, f64>,
}

impl Words {
    pub fn read(folder: &str) -> Result<Self, Box<dyn Error>> {
        let names: Vec<String> = fs::read_to_string(format!("{folder}/vocab.txt"))?
            .lines()
            .map(str::to_owned)
            .collect();
        let tensors = fs::read(format!("{folder}/words_fr_en_256.safetensors"))?;
        let length = u64::from_le_bytes(tensors[..8].try_into()?);
        let start = 8 + usize::try_from(length)?;
        let header: serde_json::Value = serde_json::from_slice(&tensors[8..start])?;
        let part = |name: &str| -> Result<&[u8], Box<dyn Error>> {
            let offset = |at: usize| {
                header[name]["data_offsets"][at]
                    .as_u64()
                    .and_then(|offset| usize::try_from(offset).ok())
                    .ok_or("the tensor has no offsets")
            };
            Ok(&tensors[start + offset(0)?..start + offset(1)?])
        };
        let floats = |bytes: &[u8]| -> Vec<f32> {
            bytes
                .as_chunks::<4>()
                .0
                .iter()
                .map(|bytes| f32::from_le_bytes(*bytes))
                .collect()
        };
        let (numbers, weights) = (part("vectors")?, floats(part("weight")?));
        let width = numbers.len() / names.len();
        let vectors = numbers
            .chunks(width)
            .map(|row| {
                let mut vector = [0.0; DIMENSIONS];
                for (kept, number) in vector.iter_mut().zip(row) {
                    *kept = f32::from(number.cast_signed());
                }
                normalised(vector)
            })
            .collect();
        let mut rarity: HashMap<u32, f64> = HashMap::new();
        for (name, weight) in names.iter().zip(&weights) {
            let probability = (SIF * (1.0 / f64::from(*weight) - 1.0)).max(1e-8);
            let idf = (-libm::log(probability * 30.0)).clamp(0.2, 9.0);
            let root = text::short_hash(&text::root(name));
            let known = rarity.entry(root).or_insert(idf);
            *known = known.min(idf);
        }
        let index = names.into_iter().zip(0..).collect();
        Ok(Self {
            index,
            vectors,
            weights,
            rarity,
        })
    }

    /// Returns the number of words.
    pub fn len(&self) -> u16 {
        u16::try_from(self.vectors.len()).unwrap_or(u16::MAX)
    }

    /// Returns the rows of a name's words that have one.
    pub fn rows(&self, name: &str) -> Vec<u16> {
        names::vector_words(name)
            .iter()
            .filter_map(|word| self.index.get(word))
            .filter_map(|row| u16::try_from(*row).ok())
            .collect()
    }

    /// Returns a name's vector: the weighted sum of its words' vectors, of unit length.
    pub fn vector(&self, name: &str) -> [f32; DIMENSIONS] {
        let mut sum = [0.0; DIMENSIONS];
        for row in self.rows(name) {
            let row = usize::from(row);
            for (sum, number) in sum.iter_mut().zip(self.vectors[row]) {
                *sum += self.weights[row] * number;
            }
        }
        normalised(sum)
    }

    /// Returns the rarity of a root, 0.2 to 9; unknown roots are rare.
    pub fn rarity(&self, root: u32) -> f64 {
        self.rarity.get(&root).copied().unwrap_or(9.0)
    }

    pub fn write(&self, output: &Output) -> Result<(), Box<dyn Error>> {
        let mut keys: Vec<(String, u64)> = self
            .index
            .iter()
            .map(|(word, row)| (word.clone(), *row as u64))
            .collect();
        keys.sort_unstable();
        output.map("words.fst", &keys)?;
        let mut names: Vec<(usize, &str)> = self
            .index
            .iter()
            .map(|(word, row)| (*row, word.as_str()))
            .collect();
        names.sort_unstable();
        output.texts("words", names.into_iter().map(|name| name.1))?;
        let bytes: Vec<u8> = self.vectors.iter().flat_map(quantised).collect();
        output.bytes("words.vectors", &bytes)?;
        output.f32s("words.weights", &self.weights)?;
        let mut rarity: Vec<(u32, f64)> = self.rarity.iter().map(|(s, r)| (*s, *r)).collect();
        rarity.sort_unstable_by_key(|entry| entry.0);
        let roots: Vec<u32> = rarity.iter().map(|entry| entry.0).collect();
        output.u32s("rarity.roots", &roots)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0.2 to 9, in steps of 1/25"
        )]
        let steps: Vec<u8> = rarity
            .iter()
            .map(|entry| (entry.1 * 25.0).round() as u8)
            .collect();
        output.bytes("rarity.steps", &steps)
    }
}

pub fn quantised(vector: &[f32; DIMENSIONS]) -> [u8; DIMENSIONS] {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a number of a unit vector times 127"
    )]
    vector.map(|number| ((number * 127.0).round() as i8).cast_unsigned())
}

fn normalised(mut vector: [f32; DIMENSIONS]) -> [f32; DIMENSIONS] {
    let length = vector
        .iter()
        .map(|number| number * number)
        .sum::<f32>()
        .sqrt();
    if length > 0.0 {
        for number in &mut vector {
            *number /= length;
        }
    }
    vector
}
