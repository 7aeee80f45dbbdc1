//! Little-endian tables, read in place.

use std::ops::Range;

macro_rules! numbers {
    ($name:ident, $number:ty, $bytes:literal) => {
        #[doc = concat!("A table of `", stringify!($number), "`.")]
        #[derive(Clone, Copy)]
        pub struct $name(pub &'static [u8]);

        impl $name {
            /// Returns the number at an index; 0 beyond the end.
            pub fn get(self, at: usize) -> $number {
                self.0
                    .get(at * $bytes..)
                    .and_then(|rest| rest.first_chunk::<$bytes>())
                    .map_or_else(Default::default, |bytes| <$number>::from_le_bytes(*bytes))
            }
        }
    };
}

macro_rules! measured {
    ($name:ident, $bytes:literal) => {
        impl $name {
            /// Returns how many numbers the table has.
            pub fn len(self) -> usize {
                self.0.len() / $bytes
            }
        }
    };
}

macro_rules! walked {
    ($name:ident, $number:ty, $bytes:literal) => {
        impl $name {
            /// Returns a range of the numbers.
            pub fn range(self, range: Range<usize>) -> impl ExactSizeIterator<Item = $number> {
                let bytes = self.0.get(range.start * $bytes..range.end * $bytes);
                bytes
                    .unwrap_or_default()
                    .as_chunks::<$bytes>()
                    .0
                    .iter()
                    .map(|bytes| <$number>::from_le_bytes(*bytes))
            }
        }
    };
}

numbers!(U16s, u16, 2);
numbers!(U32s, u32, 4);
numbers!(F32s, f32, 4);
measured!(U16s, 2);
measured!(U32s, 4);
measured!(F32s, 4);
walked!(U16s, u16, 2);
walked!(U32s, u32, 4);

impl U32s {
    /// Finds the index of a number in a sorted table by binary search.
    pub fn find(self, number: u32) -> Option<usize> {
        self.find_by(0..self.len(), number, |entry| entry)
    }

    /// Finds the index of the entry with a key, in a range that is sorted by key.
    pub fn find_by(
        self,
        among: Range<usize>,
        key: u32,
        key_of: impl Fn(u32) -> u32,
    ) -> Option<usize> {
        let (mut low, mut high) = (among.start, among.end);
        while low < high {
            let middle = usize::midpoint(low, high);
            match key_of(self.get(middle)).cmp(&key) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    /// Returns the range of a list within a table of lists; this table contains the ends of the
    /// lists.
    pub fn span(self, list: usize) -> Range<usize> {
        let start = list.checked_sub(1).map_or(0, |before| self.get(before));
        start as usize..self.get(list) as usize
    }
}

/// Returns a text of a table of texts.
pub fn text(ends: U32s, texts: &'static str, at: usize) -> &'static str {
    texts.get(ends.span(at)).unwrap_or_default()
}

/// Includes a binary table of the build script.
macro_rules! table {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name))
    };
}

/// Includes a text table of the build script.
macro_rules! table_text {
    ($name:literal) => {
        include_str!(concat!(env!("OUT_DIR"), "/", $name))
    };
}

pub(super) use {table, table_text};

/// Finds the longest key that a sequence of parts forms; returns its number of parts and its value.
/// `parts` appends one more part to the key and returns false if there is none; `accept` may refuse
/// a match by its number of parts and its value.
pub fn longest_key(
    map: &fst::Map<&'static [u8]>,
    mut parts: impl FnMut(&mut String) -> bool,
    mut accept: impl FnMut(usize, u64) -> bool,
) -> Option<(usize, u64)> {
    let fst = map.as_fst();
    let (mut node, mut output) = (fst.root(), fst::raw::Output::zero());
    let (mut key, mut walked) = (String::new(), 0);
    let (mut taken, mut longest) = (0, None);
    while parts(&mut key) {
        taken += 1;
        for byte in &key.as_bytes()[walked..] {
            let Some(at) = node.find_input(*byte) else {
                return longest;
            };
            let transition = node.transition(at);
            output = output.cat(transition.out);
            node = fst.node(transition.addr);
        }
        walked = key.len();
        if node.is_final() {
            let value = output.cat(node.final_output()).value();
            if accept(taken, value) {
                longest = Some((taken, value));
            }
        }
    }
    longest
}
