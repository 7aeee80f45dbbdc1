//! SWAR (SIMD within a register): tests of eight bytes at a time, for patterns of two neighbouring
//! bytes. Nearly all texts are short and contain none, which these tests establish in a few steps.

/// Repeats a byte eight times.
pub const fn eight(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Sets the high bit of each zero byte. Bytes above the lowest zero byte may be false positives.
pub const fn zeros(bytes: u64) -> u64 {
    below(bytes, 1)
}

/// Sets the high bit of each byte below `bound`, which is at most 0x80. Bytes above the lowest such
/// byte may be false positives.
pub const fn below(bytes: u64, bound: u8) -> u64 {
    bytes.wrapping_sub(eight(bound)) & !bytes & eight(0x80)
}

/// Returns true if `look` returns a nonzero value for any eight-byte window. Windows overlap by one
/// byte, so that any two neighbours occur in one window, the first in the lower byte. A short text
/// may be read as overlapping halves, or padded with letters, so that bytes which are not
/// neighbours can meet.
pub fn have_any_pair(text: &[u8], look: impl Fn(u64) -> u64) -> bool {
    let Some(last) = text.last_chunk() else {
        return look(few(text)) != 0;
    };
    let mut any = look(u64::from_le_bytes(*last));
    let mut rest = text;
    while let Some((first, _)) = rest.split_first_chunk() {
        any |= look(u64::from_le_bytes(*first));
        rest = &rest[first.len() - 1..];
    }
    any != 0
}

/// A text of fewer than eight bytes as one eight. What is missing is filled up with letters.
fn few(text: &[u8]) -> u64 {
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        let [first, last] = [first, last].map(|four| u64::from(u32::from_le_bytes(*four)));
        first | last << u32::BITS
    } else {
        let mut few = [b'a'; 8];
        few.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
        u64::from_le_bytes(few)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_byte_and_every_pair_of_neighbours_is_tested(text in "[ a-c]{0,40}") {
            let bytes = text.as_bytes();
            let is_b = |eight_bytes| zeros(eight_bytes ^ eight(b'b'));
            prop_assert_eq!(have_any_pair(bytes, is_b), text.contains('b'));
            prop_assert_eq!(have_any_pair(bytes, |eight_bytes| below(eight_bytes, b'!')), text.contains(' '));
            let two_spaces = |bytes| {
                let spaces = zeros(bytes ^ eight(b' '));
                spaces & spaces >> 8
            };
            prop_assert!(have_any_pair(bytes, two_spaces) || !text.contains("  "));
        }
    }
}
